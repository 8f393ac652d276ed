import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A server's key and certificate in PEM. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

function openssl(dir: string, ...args: readonly string[]): void {
  execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });
}

function issue(dir: string, name: string, altNames: string): KeyPair {
  const extensions = join(dir, `${name}.ext`);
  writeFileSync(extensions, `subjectAltName=${altNames}\n`);
  const request = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(dir, "req", ...request, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
  openssl(
    dir,
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    "-CA",
    "ca.pem",
    "-CAkey",
    "ca.key",
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    extensions,
    "-out",
    `${name}.pem`,
  );
  return {
    key: readFileSync(join(dir, `${name}.key`), "utf8"),
    cert: readFileSync(join(dir, `${name}.pem`), "utf8"),
  };
}

/** A CA of the test's own, a certificate for loopback and one for another name; made now, valid for two days. */
export function makeCertificates(dir: string): {
  readonly caFile: string;
  readonly server: KeyPair;
  readonly otherName: KeyPair;
} {
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    dir,
    "req",
    "-x509",
    ...curve,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "2",
    "-subj",
    "/CN=test CA",
  );
  return {
    caFile: join(dir, "ca.pem"),
    server: issue(dir, "server", "IP:127.0.0.1,DNS:localhost"),
    otherName: issue(dir, "other", "DNS:other.example.org"),
  };
}
