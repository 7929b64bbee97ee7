/** The one name of the browsers' fetch that @types/node lacks and the runtime of the generated client uses. */
type BodyInit = NonNullable<RequestInit['body']>;
