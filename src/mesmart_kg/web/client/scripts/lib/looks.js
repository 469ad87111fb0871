/**
 * How charts look: colours that people who see few of them can tell apart, each with a contrast of at least
 * 4.5:1 on white, and shapes that tell the same.
 */

export const COLOURS = ["#0066cc", "#b33f00", "#00695c", "#7b2d8b", "#7a5c00", "#455b71"];
export const SYMBOLS = ["circle", "diamond", "rect", "triangle", "pin", "arrow"];
export const INK = "#17324d";
export const FAINT = "#5b6f82";
export const GRID = "#d9dfe6";
