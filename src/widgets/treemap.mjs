// @ts-check
// Where the parts of a whole lie in a map: squarified, after Bruls, Huizing and van Wijk, Squarified Treemaps (2000).

/** @typedef {{ x: number, y: number, width: number, height: number }} Box */

/**
 * A box for each item, of an area in proportion to its weight, in the order of the items, which is that of their weights, the largest
 * first.
 *
 * @template Item
 * @param {Item[]} items
 * @param {(item: Item) => number} weigh
 * @param {Box} box
 * @returns {(Box & { item: Item })[]}
 */
export function squarified(items, weigh, box) {
    const whole = items.reduce((sum, item) => sum + weigh(item), 0);
    const scale = whole > 0 ? box.width * box.height / whole : 0;
    /** @type {(Box & { item: Item })[]} */
    const placed = [];
    let { x, y, width, height } = box;
    let at = 0;
    while (at < items.length) {
        // A row lies along the shorter side, and takes items as long as they become squarer by it.
        const side = Math.min(width, height);
        let end = at;
        let area = 0;
        let worst = Infinity;
        while (end < items.length) {
            const more = weigh(items[end]) * scale;
            const [sum, largest, smallest] = [area + more, weigh(items[at]) * scale, more];
            const ratio = Math.max(side * side * largest / (sum * sum), sum * sum / (side * side * Math.max(smallest, Number.MIN_VALUE)));
            if (ratio > worst) break;
            [worst, area, end] = [ratio, sum, end + 1];
        }
        const depth = side > 0 ? area / side : 0;
        let along = 0;
        for (const item of items.slice(at, end)) {
            const length = depth > 0 ? weigh(item) * scale / depth : 0;
            placed.push(width < height ? { item, x: x + along, y, width: length, height: depth } : { item, x, y: y + along, width: depth, height: length });
            along += length;
        }
        if (width < height) [y, height] = [y + depth, Math.max(0, height - depth)];
        else [x, width] = [x + depth, Math.max(0, width - depth)];
        at = end;
    }
    return placed;
}
