/** A class whose instances travel. */
export class Point {
  constructor(x, y) {
    this.x = x
    this.y = y
  }

  mirrored() {
    return new Point(-this.x, -this.y)
  }
}
