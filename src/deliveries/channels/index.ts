import type { ChannelSettings } from "../../model/settings.ts";
import type { Channel } from "../../ports/channel.ts";
import type { Clock } from "../../ports/source.ts";
import { openEmail } from "./email.ts";
import { openWebhook } from "./webhook.ts";

/** What a kind of channel is: how one is opened, and whether it wants an alert again when its actor becomes known. */
interface ChannelKind<Settings extends ChannelSettings> {
  readonly open: (settings: Settings, clock: Clock) => Channel;
  readonly wantsUpdates: boolean;
}

/** Every kind of channel, by its `type` in the configuration. A new one is one file and one line here. */
export const CHANNEL_KINDS: {
  readonly [Type in ChannelSettings["type"]]: ChannelKind<Extract<ChannelSettings, { type: Type }>>;
} = {
  email: { open: openEmail, wantsUpdates: false },
  webhook: { open: openWebhook, wantsUpdates: true },
};

function openChannel(settings: ChannelSettings, clock: Clock): Channel {
  switch (settings.type) {
    case "email":
      return CHANNEL_KINDS.email.open(settings, clock);
    case "webhook":
      return CHANNEL_KINDS.webhook.open(settings, clock);
    default:
      return settings satisfies never;
  }
}

/**
 * The configured channels, with their secrets and certificates read.
 * @throws DockwardenError DW_SECRET_UNREADABLE, DW_SECRET_EMPTY, DW_CA_INVALID, DW_WEBHOOK_SECRET.
 */
export function createChannels(settings: readonly ChannelSettings[], clock: Clock): readonly Channel[] {
  return settings.map((one) => openChannel(one, clock));
}

/** What the alerter needs to know of the configured channels. */
export function channelTraits(
  settings: readonly ChannelSettings[],
): readonly { readonly name: string; readonly wantsUpdates: boolean }[] {
  return settings.map(({ name, type }) => ({ name, wantsUpdates: CHANNEL_KINDS[type].wantsUpdates }));
}
