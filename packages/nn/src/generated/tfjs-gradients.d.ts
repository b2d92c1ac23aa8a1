// The generated file beside this one is imported for its effect only.
export {};
