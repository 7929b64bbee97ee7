/** The only type of fetch that the generated client uses and @types/node lacks. */
type BodyInit = NonNullable<RequestInit['body']>;
