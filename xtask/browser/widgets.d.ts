// The types of what the pages' scripts in src/widgets hand to each other, and of what they find in a page.

/** mdBook: the way from a page to the book's beginning. */
declare const path_to_root: string;

/** mdBook: highlight.js. */
declare const hljs: { getLanguage?(name: string): unknown; highlight(language: string, text: string): { value: string } };

/** Part 3's host for WASI, which the build of the book puts into src/modules/. */
declare module "*/modules/host.mjs" {
    export function run(bytes: Uint8Array<ArrayBuffer>, guest: Guest): Promise<Ran>;
}

type Outcome = import("../hosts/outcome.d.ts").Outcome;

/** What a module finds. */
type Guest = { args?: string[]; env?: Record<string, string>; stdin?: string };

/** What became of a module in the page. A return has the code 0 there, and two ways to end are the page's own. */
type Ended = Outcome | { outcome: "returned"; code: 0 } | { outcome: "stopped"; reason: string };

/** A run in the page; of a library, what a function returned or what there is to call. */
type Ran = Ended & { stdout: string; stderr: string; values?: string[]; calls_wasi?: boolean; exports?: [name: string, kind: string][] };

/** A run of which nothing but a few members is known to be there. */
type AnyRun = { outcome: Ended["outcome"]; code?: number; reason?: string; stdout?: string; stderr?: string; values?: string[]; calls_wasi?: boolean;
    exports?: [name: string, kind: string][]; call?: string; calls?: AnyRun[] };

/** A mistake in a module or in a text, with its place. */
type Mistake = { offset: number; line: number; column: number; message: string };

/** Some bytes with one meaning. */
type Span = { offset: number; bytes: number[]; section: string; what: string; value: string };

/** A line of a module's text, and where its bytes begin. */
type Line = { text: string; offset?: number };

/** What the instrument says of each byte. */
type Look = { spans: Span[]; lines: Line[]; unprinted?: string; error?: Mistake };

/** What the instrument says of a module as a whole. */
type Inspected = { inspection?: Inspection; error?: Mistake };

type Inspection = {
    kind: "module" | "component"; size: number; functions: number; sections: Section[]; items: { name: string; kind: string; size: number }[];
    imports: { module: string; name: string; kind: string }[]; exports: { name: string; kind: string }[];
    modules?: { name: string; size: number; functions: number; offset: number }[];
    findings: Finding[]; invalid?: Mistake; refused?: boolean;
};

type Section = { name: string; size: number; count?: number; offset: number };

type Finding = {
    id: string; title: string; saving: number; exact: boolean; found: string; examples: { name: string; size: number }[]; advice: string;
};

/** The step that removes what a finding is about, and the one for a command, where that is another one. */
type Remedy = { step: string; page?: string; command?: string };

/** What the assembler makes of a text: bytes in hexadecimal, and the line and column that each offset comes from. */
type Assembled = { bytes: string; places: [offset: number, line: number, column: number][]; error?: Mistake };

// What the scales say (`anatomy`'s types of the same names).
type Share = { name: string; kind: string; size: number; count: number; largest: number; owner?: string; id?: string };
type Thing = { name: string; kind: string; id?: string; size: number };
type Link = { edge: string; certain: boolean; export?: string; thing: Thing };
type Reason = {
    answer: "one"; thing: Thing; reached: boolean; chain: Link[]; retained: number; retained_count: number; retains: Thing[];
    caller_count: number; callers: Thing[];
};
type Why = Reason | { answer: "several"; count: number; candidates: Thing[] } | { answer: "nothing" };
type Change = { name: string; kind: string; old: number; new: number; id?: string; was?: string; owner?: string; finding?: string };
type Delta = { name: string; kind: string; old: number; new: number };
type Arrival = {
    via?: Thing; edge?: string; certain: boolean; export?: string; first: Thing; count: number; size: number; largest: Thing[]; finding?: string;
};
type Diff = {
    old: number; new: number; came: Change[]; went: Change[]; grew: Change[]; shrank: Change[]; same: number; sections: Delta[];
    crates: Delta[]; arrivals: Arrival[];
};
type Cut = { id: string; what: string; place: string; count: number; saving: number };
