/** Colours come from the style sheet, patterns from here: what a colour says, a pattern says too. */

const TILE = 8;

const PATTERNS = {
  plain: () => {},
  slanted(context, size) {
    line(context, 0, size, size, 0);
    line(context, -size / 2, size / 2, size / 2, -size / 2);
    line(context, size / 2, size * 1.5, size * 1.5, size / 2);
  },
  dotted(context, size) {
    context.fillRect(size / 4, size / 4, size / 4, size / 4);
    context.fillRect((3 * size) / 4, (3 * size) / 4, size / 4, size / 4);
  },
  level(context, size) {
    line(context, 0, size / 2, size, size / 2);
  },
  crossed(context, size) {
    line(context, 0, 0, size, size);
    line(context, 0, size, size, 0);
  },
};

/** The colour of a custom property, as the page is shown now. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** What fills an area of that colour and pattern. */
export function filling(context, colourName, patternName) {
  const size = TILE * devicePixelRatio;
  const tile = Object.assign(document.createElement('canvas'), { width: size, height: size });
  const drawing = tile.getContext('2d');
  drawing.fillStyle = colour(`${colourName}-soft`);
  drawing.fillRect(0, 0, size, size);
  drawing.fillStyle = drawing.strokeStyle = colour(colourName);
  drawing.lineWidth = 1.5 * devicePixelRatio;
  PATTERNS[patternName](drawing, size);
  return context.createPattern(tile, 'repeat');
}

/** Draws a small example of an area or a line into a legend's canvas. */
export function drawSample(canvas, { colourName, patternName, dash }) {
  const [width, height] = [18 * devicePixelRatio, 12 * devicePixelRatio];
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  context.strokeStyle = colour(colourName);
  context.lineWidth = 2 * devicePixelRatio;
  if (patternName === undefined) {
    context.setLineDash(dash.map((length) => length * devicePixelRatio));
    line(context, 0, height / 2, width, height / 2);
    return;
  }
  context.fillStyle = filling(context, colourName, patternName);
  context.fillRect(0, 0, width, height);
  context.strokeRect(0, 0, width, height);
}

/** Shades stretches of time, [from, to] each, with words at the last of them. */
export function drawStretches(chart, stretches, { words, colourName, row }) {
  const { ctx: context, bbox, scales } = chart;
  const right = bbox.left + bbox.width;
  const position = (at) => Math.min(Math.max(chart.valToPos(at, 'x', true), bbox.left), right);
  context.save();
  context.fillStyle = colour(colourName);
  context.font = `600 ${11 * devicePixelRatio}px system-ui, sans-serif`;
  context.textBaseline = 'top';
  for (const [from, to] of stretches.filter(([, end]) => end > scales.x.min)) {
    context.globalAlpha = 0.14;
    context.fillRect(
      position(from),
      bbox.top,
      Math.max(devicePixelRatio, position(to) - position(from)),
      bbox.height,
    );
  }
  const last = stretches.at(-1);
  if (last !== undefined && last[1] > scales.x.min) {
    context.globalAlpha = 1;
    const isLeft = position(last[0]) < bbox.left + bbox.width / 2;
    context.textAlign = isLeft ? 'left' : 'right';
    const gap = 4 * devicePixelRatio;
    const at = isLeft ? position(last[0]) + gap : position(last[1]) - gap;
    context.fillText(words, at, bbox.top + gap + row * 14 * devicePixelRatio);
  }
  context.restore();
}

function line(context, fromX, fromY, toX, toY) {
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  context.stroke();
}
