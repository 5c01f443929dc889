/** Arrays and objects inside each other: what can be sent, and what the slower readers follow. Python gives up at about the same. */
export const maxDepth = 1000;

/** Length of the header `mycel-rich`, in bytes. All headers of a message share one frame, of 128 KiB by default. */
export const maxRichHeaderBytes = 32 * 1024;

/** Digits of an integer. Python's own limit for reading one from text (its guard against quadratic work). */
export const maxIntegerDigits = 4300;

/** What a compressed body may grow to, in bytes: a few kilobytes can be made to expand without end. */
export const maxInflatedBytes = 64 * 1024 * 1024;
