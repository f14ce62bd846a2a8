using System.Globalization;
using System.Text.Json.Nodes;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Kraken;

/// <summary>The composed public session step by step: what it says of a channel is what that channel's feed asks for and gets. (Its book is in
/// <see cref="KrakenDepthLiveTests"/>, with the corrupted update; the private session in <see cref="KrakenExecutionsLiveTests"/>.)</summary>
public sealed class KrakenSessionTests : KrakenTests
{
    [Theory]
    [InlineData(KnownClasses.KrakenTick, "ticker")]
    [InlineData(KnownClasses.KrakenOrders, "trade")]
    public async Task The_composed_session_is_followed_by_each_channels_feed(string publisherClass, string channel)
    {
        await using var run = new FeedRun(Source(Config(publisherClass, ["BTC/USD"], ("channel", channel))));
        var peer = await Venue.AcceptAsync();
        var ids = new Dictionary<int, long>();
        var expected = new List<string>();
        foreach (var (direction, frame, _) in Feeds.Steps(Feeds.Bundled("kraken/session_public_composed.jsonl")))
        {
            var step = JsonNode.Parse(frame)!;
            if (direction == "c2s")
            {
                if ((string?)step["method"] == "subscribe" && (string?)step["params"]!["channel"] == channel)
                    ids[(int)step["req_id"]!] = await FollowAsync(peer, step);
            }
            else if (step["method"] is not null)
            {
                // An answer to somebody else's request is none of this feed's.
                if (!ids.TryGetValue((int)step["req_id"]!, out var id))
                    continue;
                step["req_id"] = id;
                await peer.SendAsync(step.ToJsonString());
            }
            else if ((string?)step["channel"] is "status" or "heartbeat" || (string?)step["channel"] == channel)
            {
                await peer.SendAsync(System.Text.Encoding.UTF8.GetString(frame));
                // The snapshot's trades happened before.
                if ((string?)step["channel"] == channel && (channel == "ticker" || (string?)step["type"] == "update"))
                    expected.AddRange(step["data"]!.AsArray().Select(d => channel == "ticker" ? $"{d!["bid"]} {d["ask"]} {d["last"]} {d["volume"]} {d["vwap"]}" : $"{d!["trade_id"]} {d["side"]} {d["price"]} {d["qty"]}"));
            }
        }

        await run.UntilCountAsync(expected.Count);
        string[] fields = channel == "ticker" ? ["bid", "ask", "last_trade_price", "volume", "vwap"] : ["order_id", "side", "price", "amount"];
        Assert.Equal(
            expected.Select(Numbers), run.Messages.Select(m => Numbers(string.Join(' ', fields.Select(f => Convert.ToString(m.Get(f), CultureInfo.InvariantCulture))))));
        Assert.Equal((FeedPhase.Live, 0, 0), (run.Now.Phase, run.Count(FeedCounters.Unknown), run.Count(FeedCounters.Undecodable)));
    }

    private static async Task<long> FollowAsync(KrakenPeer peer, JsonNode step)
    {
        var request = await peer.NextAsync();
        Assert.Equal((string?)step["method"], request.GetProperty("method").GetString());
        Assert.True(JsonNode.DeepEquals(step["params"], JsonNode.Parse(request.GetProperty("params").GetRawText())), request.GetRawText());
        return request.GetProperty("req_id").GetInt64();
    }

    // 62810.0 and 62810 are the same.
    private static string Numbers(string text) => string.Join(' ', text.Split(' ').Select(
        t => double.TryParse(t, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number.ToString(CultureInfo.InvariantCulture) : t));
}
