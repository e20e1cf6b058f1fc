import type { Metadata } from "next";
import Link from "next/link";

export const metadata: Metadata = { title: "No such page" };

export default function NotFound() {
  return (
    <main id="main" className="page">
      <h1>No route to this page</h1>
      <p className="lead">The address leads nowhere here. It may have been mistyped, or the page has moved.</p>
      <Link className="button" href="/course">To the course</Link>
    </main>
  );
}
