export default function Loading() {
  return <main id="main" className="page" aria-busy="true" aria-label="Loading" />;
}
