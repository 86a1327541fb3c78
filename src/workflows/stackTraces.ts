/**
 * The SDK takes a stack trace of every promise that a workflow makes, for the call stack that its UI shows: with V8's ten
 * frames that is more than half of what workflows cost. Two of them are the SDK's own.
 */
Error.stackTraceLimit = 5;
