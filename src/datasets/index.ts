export { catsVsDogs } from './cats_vs_dogs';
