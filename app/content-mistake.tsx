/** Content that cannot be shown: the message names file and line. The rest of the course is not at fault, but cannot be known either. */
export function ContentMistake({ message }: { readonly message: string }) {
  return (
    <main id="main" className="page">
      <h1>A mistake in the content</h1>
      <p className="lead">This page is here as soon as its author has mended it.</p>
      <div className="prose">
        <pre>{message}</pre>
      </div>
    </main>
  );
}
