"use client";

/** Something of ours failed. In production React withholds the message; the digest finds it in the server's log. */
export default function ErrorPage({ error, reset }: { readonly error: Error & { digest?: string }; readonly reset: () => void }) {
  return (
    <main id="main" className="page">
      <h1>That did not work</h1>
      <p className="lead">The mistake is ours, and nothing you did is lost. {error.digest && `In the server's log it is called ${error.digest}.`}</p>
      <button type="button" className="button" onClick={reset}>Try again</button>
    </main>
  );
}
