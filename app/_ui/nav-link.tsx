"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";

/** A link that knows when the reader is within what it leads to. */
export function NavLink({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  const path = usePathname();
  const within = path === href || path.startsWith(`${href}/`);
  return (
    <Link href={href} aria-current={path === href ? "page" : within ? "true" : undefined}>
      {children}
    </Link>
  );
}
