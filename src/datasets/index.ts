export { type CatsVsDogs, catsVsDogs } from './cats_vs_dogs';
