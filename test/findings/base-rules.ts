/** Rules that correlations are made of in tests: a failed login, an accepted one, a container that is made. */
export const PARTS = `
title: Failed
name: failed
logsource: { product: linux, service: sshd }
detection: { selection: { outcome: failed }, condition: selection }
---
title: Accepted
name: accepted
logsource: { product: linux, service: sshd }
detection: { selection: { outcome: accepted }, condition: selection }
---
title: Created
name: created
logsource: { product: docker, service: events }
detection: { selection: { Action: create }, condition: selection }
`;
