// What a host reports of a module that it ran, as JSON: the types of xtask/outcome/src/lib.rs, whose test compares the two.

/** What became of a module. */
export type Outcome =
    | { outcome: "exited"; code: number }
    | { outcome: "returned" }
    | { outcome: "trapped"; reason: string; at?: number }
    | { outcome: "refused"; reason: string }
    | { outcome: "out of fuel" }
    | { outcome: "out of time" }
    | { outcome: "out of memory" }
    | { outcome: "too much output" }
    | { outcome: "crashed"; reason: string };

/** What a host program reports. */
export type Report = Outcome & { values?: string[]; peak_bytes?: number; calls_wasi?: boolean; steps?: number };

/** A finished run: what became of the module, and what it wrote. */
export type Run = Outcome & { values?: string[]; peak_bytes?: number; calls_wasi?: boolean; steps?: number; stdout?: string; stderr?: string; trace?: TraceCall[] };

/** One call of a WASI function. */
export type TraceCall = { function: string; args: TraceArg[]; memory?: Piece[]; result: string; after?: Piece[] };

/** An argument of such a call. */
export type TraceArg = { name: string; value: string };

/** A piece of linear memory. */
export type Piece = { what: string; at: number; bytes: string; means: string };
