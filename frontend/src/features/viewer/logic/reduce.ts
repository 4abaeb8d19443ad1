/** An image of levels. */
export interface LevelImage {
  levels: Uint16Array;
  rows: number;
  columns: number;
}

/**
 * Shrink by averaging squares, so that nothing is skipped where a screen pixel stands for several of the image.
 * Squares over the edge average what there is.
 */
export function reduce(image: LevelImage, factor: number): LevelImage {
  if (factor === 1) return image;
  const rows = Math.ceil(image.rows / factor);
  const columns = Math.ceil(image.columns / factor);
  const levels = new Uint16Array(rows * columns);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row += 1) {
    const tall = Math.min(factor, image.rows - row * factor);
    sums.fill(0);
    for (let line = row * factor; line < row * factor + tall; line += 1) {
      addLine(image, line, factor, sums);
    }
    for (let column = 0; column < columns; column += 1) {
      const wide = Math.min(factor, image.columns - column * factor);
      levels[row * columns + column] = Math.round((sums[column] ?? 0) / (tall * wide));
    }
  }
  return { levels, rows, columns };
}

function addLine(image: LevelImage, line: number, factor: number, sums: Float64Array): void {
  const start = line * image.columns;
  for (let column = 0; column < sums.length; column += 1) {
    const end = Math.min((column + 1) * factor, image.columns);
    let sum = 0;
    for (let x = column * factor; x < end; x += 1) sum += image.levels[start + x] ?? 0;
    sums[column] = (sums[column] ?? 0) + sum;
  }
}

/** Mirror in place: rows end to end, columns upside down. */
export function mirror(image: LevelImage, horizontally: boolean, vertically: boolean): void {
  if (horizontally) {
    for (let row = 0; row < image.rows; row += 1) {
      image.levels.subarray(row * image.columns, (row + 1) * image.columns).reverse();
    }
  }
  if (vertically) {
    for (let row = 0; row < Math.floor(image.rows / 2); row += 1) {
      const upper = image.levels.subarray(row * image.columns, (row + 1) * image.columns);
      const from = (image.rows - 1 - row) * image.columns;
      const lower = image.levels.slice(from, from + image.columns);
      image.levels.copyWithin(from, row * image.columns, (row + 1) * image.columns);
      upper.set(lower);
    }
  }
}
