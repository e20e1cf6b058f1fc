/** The frame of every page. The theme comes from a cookie, so the first paint is already the right one. */
import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import "./globals.css";
import { ContentMistake } from "./content-mistake";
import { ContentProblem, loadCourse } from "./_server/course";
import { engineAddresses } from "./_server/engine-files";
import { SiteHeader } from "./site-header";
import { type Theme, THEME_COOKIE } from "./_ui/theme";

export const metadata: Metadata = {
  title: { default: "Podpath: Kubernetes networking, learned by fixing it", template: "%s · Podpath" },
  description: "Lessons and break-fix labs on an emulated cluster in which the rules you read are the rules that run.",
  icons: { icon: "/icon.svg" },
};

export const viewport: Viewport = { width: "device-width", initialScale: 1, colorScheme: "light dark" };

export default async function RootLayout({ children }: { readonly children: ReactNode }) {
  const jar = await cookies();
  const mistake = await contentMistake();
  const theme = (jar.get(THEME_COOKIE)?.value ?? "system") as Theme;
  return (
    <html lang="en" data-theme={theme} data-engine={(await engineAddresses()).join(" ")} data-reading={jar.get("podpath_reading")?.value === "1" ? "" : undefined}>
      <body>
        <a className="skip visually-hidden" href="#main">
          Skip to the content
        </a>
        <SiteHeader theme={theme} />
        {mistake === undefined ? children : <ContentMistake message={mistake} />}
      </body>
    </html>
  );
}

/** An author sees at once, on whatever page, what is wrong and where. */
async function contentMistake(): Promise<string | undefined> {
  try {
    await loadCourse();
    return undefined;
  } catch (problem) {
    if (problem instanceof ContentProblem) return problem.message;
    throw problem;
  }
}
