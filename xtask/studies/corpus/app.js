// The program inside the component that componentize-js makes.
export function shout(text) {
    const words = text.split(/\s+/u).map((word) => word.toUpperCase()).sort();
    return JSON.stringify({ words, length: text.length, root: Math.sqrt(text.length) });
}

export function primes(below) {
    const found = [];
    for (let number = 2; number < below; number += 1) {
        if (found.every((prime) => number % prime !== 0)) found.push(number);
    }
    return found.join(" ");
}
