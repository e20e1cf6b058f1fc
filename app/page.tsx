/** The front page: what this is, in one sentence and one picture, and the way in. */
import { ArrowRight } from "lucide-react";
import Link from "next/link";
import { LabLink } from "./_lab/lab-link";
import { Flow } from "./_mdx/pictures";
import { HomePicture } from "./home-picture";
import styles from "./home.module.css";
import { loadCourse } from "./_server/course";
import { progress } from "./_server/progress";

const PATH = `curl (a name) --CoreDNS--> 10.96.45.12:80 (no machine has it) --DNAT on the client's node--> *10.244.2.7:8080 (an address that exists) --VXLAN--> payments (its socket)`;

export default async function HomePage() {
  const [course, done] = await Promise.all([loadCourse(), progress()]);
  const resume = course.lessons.find((lesson) => lesson.id === done.resume?.lesson);
  const next = resume ?? course.lessons.find((lesson) => !done.read.has(lesson.id)) ?? course.lessons[0];
  const lab = course.labs.find((entry) => entry.lesson !== undefined);
  return (
    <main id="main" className={styles.home}>
      <section className={styles.hero}>
        <h1>Break the cluster. Follow the packet. Mend it.</h1>
        <p>
          Podpath teaches Kubernetes networking on a whole cluster inside this page: nodes, kernel tables, kube-proxy, DNS. Nothing in it is
          scripted. The rules you read are the rules that run, and a lab is solved when its customers’ requests are answered.
        </p>
        <p className={styles.ways}>
          {next && (
            <Link className="button" href={`/course/${next.id}`}>
              {resume ? `Go on: ${resume.title}` : "Start the course"} <ArrowRight aria-hidden size={16} />
            </Link>
          )}
          {lab && <LabLink className="button quiet" href={`/labs/${lab.summary.id}`}>Mend something first</LabLink>}
        </p>
        <p className={styles.small}>No account, nothing to install, no time limit.</p>
      </section>

      <HomePicture home={course.home} />

      <section className={styles.path} aria-labelledby="path">
        <h2 id="path">One request, all the way down</h2>
        <p>A Service’s address belongs to nobody. What happens to a packet that is sent there is the whole course, and you can stop it at each step and look.</p>
        <Flow source={PATH} />
      </section>

      <section className={styles.facts} aria-label="How it works">
        <div>
          <h2>Type what you would type</h2>
          <p><code>kubectl</code>, <code>iptables-save</code>, <code>conntrack</code>, <code>ss</code>, pipes and loops. What is not modelled says so; nothing is guessed.</p>
        </div>
        <div>
          <h2>Judged by traffic</h2>
          <p>Goals look at what the world’s own clients went through, so any right fix counts, and no clever wrong one does.</p>
        </div>
        <div>
          <h2>Yours to come back to</h2>
          <p>Close the tab in the middle of a lab. Tomorrow every packet is where it was, because a world is its seed and what you typed.</p>
        </div>
      </section>

      <section className={styles.modules} aria-labelledby="modules">
        <h2 id="modules">The course</h2>
        <ol>
          {course.modules.map((module) => (
            <li key={module.slug}>
              <h3>{module.title}</h3>
              <p>{module.summary}</p>
              <ul>
                {module.lessons.map((lesson) => (
                  <li key={lesson.id}>
                    <Link href={`/course/${lesson.id}`}>{lesson.title}</Link> <span>{lesson.level}, {lesson.minutes} minutes</span>
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ol>
      </section>
    </main>
  );
}
