export { type DrawCatsAndDogsArgs, drawCatsAndDogs } from './cat_and_dog_drawings';
export { type CatsVsDogs, catsVsDogs } from './cats_vs_dogs';
export { type CatsVsDogsSets, type LoadCatsVsDogsArgs, loadCatsVsDogs } from './load_cats_vs_dogs';
export type { SetCounts } from './picture_sets';
