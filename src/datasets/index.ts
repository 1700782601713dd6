export { type CatsVsDogs, catsVsDogs } from './cats_vs_dogs';
export { type CatsVsDogsSets, type LoadCatsVsDogsArgs, loadCatsVsDogs } from './load_cats_vs_dogs';
