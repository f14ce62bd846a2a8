using System.Globalization;
using System.Text;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Live.Twitter;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.Publishers.Twitter.Live;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Soak;

/// <summary>Numbered posts, each to be published once. The venue breaks off anywhere, falls silent, ends the stream with a message,
/// refuses connections; after a reconnect it repeats what was lately said, so that none may be missing.</summary>
internal sealed class TwitterSoak(int seed) : SoakFeed("twitter_sentiment", seed)
{
    private const int Repeated = 1000;
    private TwitterVenue venue = null!;
    private int last;

    public override bool IsSettled(IReadOnlyList<MarketMessage> messages) => messages.Count >= last;

    public override string Unsettled(IReadOnlyList<MarketMessage> messages) => $"{messages.Count} of {last} posts";

    public override void Verify(IReadOnlyList<MarketMessage> messages) =>
        Assert.Equal(Enumerable.Range(1, last), messages.Select(m => int.Parse(((string)m.Get("author")!)[4..], CultureInfo.InvariantCulture)).Order());

    public override async Task ServeAsync(CancellationToken end)
    {
        while (await venue.TryAcceptAsync(end) is { } peer)
        {
            Accepted++;
            try
            {
                await ConnectionAsync(peer, end);
            }
            catch (Exception e) when (IsGone(e))
            {
                // The client has gone: its right, and counted by it.
            }

            peer.End();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (Run is not null)
            await Run.DisposeAsync();
        if (venue is not null)
            await venue.DisposeAsync();
    }

    protected override async Task<LiveSource> CreateAsync()
    {
        venue = await TwitterVenue.StartAsync();
        var config = Config(
            KnownClasses.TwitterSentiment, [], venue.Url, venue.Url, ("ca_file", venue.Certificate.CaFile), ("rules", """{"btc":"bitcoin lang:en"}"""), ("backfill_minutes", "1"));
        return new TwitterLiveSource(new TwitterLiveOptions(config, v => v == "TWITTER_BEARER_TOKEN" ? TwitterVenue.Token : null), TimeProvider.System, new LogLines());
    }

    private async Task ConnectionAsync(TwitterVenue.Peer peer, CancellationToken end)
    {
        for (var id = Math.Max(1, last - Repeated); id <= last; id++)
            await peer.SendAsync(Post(id));
        var oneIn = Connection.TotalMilliseconds / 20 * 3;
        for (var beat = 0; !end.IsCancellationRequested && !peer.Gone; beat++)
        {
            if (Happens("abort", oneIn))
            {
                await peer.SendAsync(Encoding.UTF8.GetBytes(Post(last + 1)[..Random.Next(80)]));
                peer.Abort();
                return;
            }

            if (Happens("end", oneIn))
                return;
            if (Happens("silence", oneIn * 5))
            {
                for (var i = 0; i < 500 && !peer.Gone && !end.IsCancellationRequested; i++)
                    await Task.Delay(20, CancellationToken.None);
                return;
            }

            if (Happens("operational disconnect", oneIn * 3))
            {
                await peer.SendAsync("""{"errors":[{"title":"operational-disconnect","disconnect_type":"OperationalDisconnect","detail":"bye"}]}""");
                return;
            }

            if (Happens("malformed", 50))
                await peer.SendAsync("{\"what\":");
            if (venue.Refuse.IsEmpty && Happens("refused stream", 200))
                venue.Refuse.Enqueue((503, "{}", []));
            if (last > 0 && Happens("repeat", 30))
                await peer.SendAsync(Post(last));
            if (Happens("somebody else's", 30))
                await peer.SendAsync(Post(0).Replace("\"101\",\"tag\":\"nbpy:btc\"", "\"7\",\"tag\":\"theirs\"", StringComparison.Ordinal));
            if (!Quiet)
                await peer.SendAsync(Post(++last));
            if (beat % 20 == 0)
                await peer.SendAsync("");
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private static string Post(int id) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"data":{"author_id":"{{id}}","created_at":"2026-01-15T10:30:03.000Z","id":"{{id}}","lang":"en","text":"I love this {{id}}"},"includes":{"users":[{"id":"{{id}}","username":"user{{id}}"}]},"matching_rules":[{"id":"101","tag":"nbpy:btc"}]}""");
}
