import { expect, it } from "vitest";
import { interpretField } from "../../../src/records/audit/interpret.ts";
import { parseRecord } from "../../../src/records/audit/record.ts";
import { namesOf } from "./said.ts";

const NAMES = namesOf("root:x:0:0\ndaemon:x:1:1\nalice:x:1000:1000", "root:x:0:\nadm:x:4:\ndocker:x:999:");

function said(type: string, body: string, name: string): string {
  const parsed = parseRecord(Buffer.from(`type=${type} msg=audit(1.000:1): ${body}`, "latin1"));
  if (!parsed.ok) throw new Error(parsed.fault.reason);
  return interpretField(parsed.value, name, parsed.value.fields[name] ?? "", NAMES);
}
const call = (syscall: number, args: string, arch = "c000003e") =>
  `arch=${arch} syscall=${syscall} success=yes exit=0 ${args} items=0 ppid=1 pid=2 auid=1000 uid=0`;

/** What `ausearch -i` of audit 3.0.9 printed for these fields (Debian 12). */
it.each([
  ["SYSCALL", call(2, "a0=7ffe a1=241 a2=1b6 a3=0"), "a1", "O_WRONLY|O_CREAT|O_TRUNC"],
  ["SYSCALL", call(2, "a0=7ffe a1=241 a2=1b6 a3=0"), "a2", "0666"],
  ["SYSCALL", call(2, "a0=7ffe a1=2 a2=1b6 a3=0"), "a2", "0x1b6"],
  ["SYSCALL", call(257, "a0=ffffff9c a1=1 a2=80000 a3=0"), "a0", "AT_FDCWD"],
  ["SYSCALL", call(257, "a0=ffffff9c a1=1 a2=80000 a3=0"), "a2", "O_RDONLY|O_CLOEXEC"],
  ["SYSCALL", call(9, "a0=0 a1=1000 a2=3 a3=22"), "a2", "PROT_READ|PROT_WRITE"],
  ["SYSCALL", call(9, "a0=0 a1=1000 a2=0 a3=12"), "a3", "MAP_PRIVATE|MAP_FIXED"],
  ["SYSCALL", call(165, "a0=1 a1=2 a2=3 a3=1001"), "a3", "MS_RDONLY|MS_BIND"],
  ["SYSCALL", call(272, "a0=20000 a1=0 a2=0 a3=0"), "a0", "CLONE_NEWNS"],
  ["SYSCALL", call(101, "a0=4206 a1=1 a2=0 a3=0"), "a0", "PTRACE_SEIZE"],
  ["SYSCALL", call(157, "a0=18 a1=2 a2=0 a3=0"), "a1", "dac_read_search"],
  ["SYSCALL", call(157, "a0=5a a1=2 a2=0 a3=0"), "a0", "unknown-prctl-option(0x5a)"],
  ["SYSCALL", call(41, "a0=a a1=80001 a2=6 a3=0"), "a0", "inet6"],
  ["SYSCALL", call(41, "a0=a a1=80001 a2=6 a3=0"), "a1", "SOCK_STREAM"],
  ["SYSCALL", call(41, "a0=a a1=80001 a2=6 a3=0"), "a2", "tcp"],
  ["SYSCALL", call(54, "a0=3 a1=1 a2=10 a3=0"), "a2", "SO_PASSCRED"],
  ["SYSCALL", call(339, "a0=3 a1=1 a2=10 a3=0", "80000015"), "a2", "SO_RCVLOWAT"],
  ["SYSCALL", call(62, "a0=1 a1=9 a2=0 a3=0"), "a1", "SIGKILL"],
  ["SYSCALL", call(105, "a0=ffffffff a1=0 a2=0 a3=0"), "a0", "unset"],
  ["SYSCALL", call(72, "a0=3 a1=2 a2=1 a3=0"), "a2", "FD_CLOEXEC"],
  ["SYSCALL", call(135, "a0=40008 a1=0 a2=0 a3=0"), "a0", "PER_LINUX32|~ADDR_NO_RANDOMIZE"],
  ["SYSCALL", call(102, "a0=1 a1=2 a2=3 a3=0", "40000003"), "syscall", "socketcall(socket)"],
  ["SYSCALL", call(117, "a0=1 a1=2 a2=3 a3=0", "40000003"), "syscall", "ipc(semop)"],
  ["SYSCALL", call(9999, "a0=0 a1=0 a2=0 a3=0"), "syscall", "unknown-syscall(9999)"],
  ["SYSCALL", call(221, "a0=0 a1=0 a2=0 a3=0", "c00000b7"), "syscall", "execve"],
  ["SYSCALL", call(221, "a0=0 a1=0 a2=0 a3=0", "c00000b7"), "arch", "aarch64"],
  ["SYSCALL", call(1, "a0=0 a1=0 a2=0 a3=0", "deadbeef"), "arch", "unknown-elf-type(deadbeef)"],
  ["SYSCALL", "exit=-13", "exit", "EACCES(Permission denied)"],
  ["SYSCALL", "exit=-9999", "exit", "(null)(Unknown error 9999)"],
  ["SYSCALL", "exit=3", "exit", "3"],
  ["SYSCALL", "auid=4294967295", "auid", "unset"],
  ["SYSCALL", "auid=1000", "auid", "alice"],
  ["SYSCALL", "gid=999", "gid", "docker"],
  ["SYSCALL", "uid=77777", "uid", "unknown(77777)"],
  ["SYSCALL", 'auid=7\x1dAUID="somebody"', "auid", "somebody"],
  ["SYSCALL", "ses=4294967295", "ses", "unset"],
  ["ADD_GROUP", "id=4", "id", "adm"],
  ["ADD_USER", "id=4", "id", "unknown(4)"],
  ["PATH", "mode=0104755", "mode", "file,suid,755"],
  ["PATH", "mode=040755", "mode", "dir,755"],
  ["MQ_OPEN", "mode=04600", "mode", "suid,0600"],
  ["PATH", "flags=101", "flags", "follow,open"],
  ["MMAP", "flags=0x12", "flags", "MAP_PRIVATE|MAP_FIXED"],
  ["PATH", "cap_fp=0000000000002000", "cap_fp", "net_raw"],
  ["CAPSET", "cap_pp=0", "cap_pp", "none"],
  ["CRYPTO_KEY_USER", "fp=3", "fp", "3"],
  [
    "SOCKADDR",
    "saddr=02000050A9FEA9FE0000000000000000",
    "saddr",
    "{ saddr_fam=inet laddr=169.254.169.254 lport=80 }",
  ],
  ["SOCKADDR", "saddr=0100006162630000", "saddr", "{ saddr_fam=local path=abc }"],
  ["SOCKADDR", "saddr=0200", "saddr", "{ saddr_fam=inet sockaddr len too short }"],
  ["SOCKADDR", "saddr=0400123401000000", "saddr", "{ saddr_fam=ipx (unsupported) }"],
  ["NETFILTER_PKT", "saddr=192.0.2.1", "saddr", "192.0.2.1"],
  ["TTY", "data=6C73202D6C610D1B5B410401", "data", '"ls -la",<ret>,<up>,<^D>,<^A>'],
  ["PROCTITLE", "proctitle=6C73002D6C00", "proctitle", "ls -l "],
  ["ANOM_ABEND", "sig=11", "sig", "SIGSEGV"],
  ["SECCOMP", "code=0x7ffc0000", "code", "log"],
  ["OPENAT2", "resolve=0x8", "resolve", "RESOLVE_BENEATH"],
  ["CONFIG_CHANGE", "list=4 res=1", "list", "exit"],
  ["CONFIG_CHANGE", "list=4 res=1", "res", "yes"],
  ["USER_LOGIN", "res=failed", "res", "failed"],
  ["FANOTIFY", "resp=2", "resp", "deny"],
  ["CONFIG_CHANGE", "auid=999999999999999999999", "auid", "conversion error(999999999999999999999)"],
  ["USER", "anything=5", "anything", "5"],
])("%s %s: %s is %s", (type, body, name, words) => {
  expect(said(type, body, name)).toBe(words);
});

it("knows the machine that the real tool does not", () => {
  expect(said("SYSCALL", call(221, "a0=0 a1=0 a2=0 a3=0", "c00000f3"), "arch")).toBe("riscv64");
  expect(said("SYSCALL", call(221, "a0=0 a1=0 a2=0 a3=0", "c00000f3"), "syscall")).toBe("execve");
});
