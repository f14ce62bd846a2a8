using System.Text.Json;
using Nbpy.Publishers.Kraken.Live;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Tests.Live.Kraken;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Soak;

/// <summary>A channel of Kraken's whose venue forgets answers, loses and repeats messages, falls silent and breaks off.</summary>
internal abstract class KrakenSoakFeed(string name, int seed, string publisherClass, params (string Name, string Value)[] options) : SoakFeed(name, seed)
{
    protected static readonly string[] Pairs = ["BTC/USD", "ETH/USD"];
    private const string Secret = "bWFkZS11cC1zZWNyZXQtZm9yLXRlc3Rz";
    private readonly HashSet<string> subscribed = [];
    private string? lastFrame;

    protected KrakenEmulator Venue { get; private set; } = null!;

    public override async Task ServeAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            if (await Venue.TryAcceptAsync(end) is not { } peer)
                return;
            Accepted++;
            try
            {
                await ConnectionAsync(peer, end);
            }
            catch (Exception e) when (IsGone(e))
            {
                // The client has gone: its right, and counted by it.
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        if (Run is not null)
            await Run.DisposeAsync();
        await Venue.DisposeAsync();
    }

    protected override async Task<LiveSource> CreateAsync()
    {
        Venue = await KrakenEmulator.StartAsync();
        Venue.Rest = (path, _, _) => Rest(path);
        return KrakenLiveFeeds.Create(
            Config(publisherClass, Pairs, Venue.Url, Venue.RestUrl, options), TimeProvider.System, new LogLines(),
            variable => variable == "KRAKEN_API_SECRET" ? Secret : "test-key");
    }

    /// <summary>Messages in a burst.</summary>
    protected virtual int Burst => 300;

    protected virtual string? Rest(string path) => null;

    /// <summary>Keys of what a request subscribes to.</summary>
    protected virtual IEnumerable<string> Keys(JsonElement request) =>
        request.GetProperty("params").GetProperty("symbol").EnumerateArray().Select(s => s.GetString()!);

    /// <summary>What follows a good subscription; null for nothing.</summary>
    protected abstract string? Snapshot(string key);

    /// <summary>Something happens in the market: its frame, and whether it may be lost (the feed can find out).</summary>
    protected abstract (string Frame, bool MayBeLost) Next(string key);

    /// <summary>A frame spoilt so that the feed has to notice; null where there is no such thing.</summary>
    protected virtual string? Spoil(string frame) => null;

    private async Task ConnectionAsync(KrakenPeer peer, CancellationToken end)
    {
        subscribed.Clear();
        await peer.StatusAsync();
        var beat = 0;
        // A step is about 5 ms.
        var oneIn = Connection.TotalMilliseconds / 5 * 3;
        while (!end.IsCancellationRequested && !peer.Ended.IsCompleted)
        {
            while (peer.HasRequest)
                await AnswerAsync(peer, await peer.NextAsync());
            if (Happens("abort", oneIn))
            {
                peer.Abort();
                return;
            }

            if (Happens("close", oneIn))
            {
                await peer.CloseAsync(1001);
                await peer.Ended.WaitAsync(end);
                return;
            }

            if (Happens("silence", oneIn * 3))
            {
                await peer.Ended.WaitAsync(end);
                return;
            }

            if (Happens("unknown or malformed", 200))
                await peer.SendAsync(Random.Next(2) == 0 ? """{"channel":"weather","type":"update","data":[]}""" : """{"channel":"ticker","type":"upd""");
            if (lastFrame is not null && subscribed.Count == Pairs.Length && Happens("repeat", 200))
                await peer.SendAsync(lastFrame);
            foreach (var key in subscribed.ToArray())
                await TradeAsync(peer, key);
            if (beat++ % 40 == 0 && subscribed.Count > 0)
                await peer.HeartbeatAsync();
            if (Venue.RefuseUpgrades.IsEmpty && Happens("refused upgrade", 1000))
                Venue.RefuseUpgrades.Enqueue(503);
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private async Task TradeAsync(KrakenPeer peer, string key)
    {
        var burst = Quiet ? 0 : Happens("burst", 500) ? Burst : Random.Next(3);
        for (var i = 0; i < burst; i++)
        {
            var (frame, mayBeLost) = Next(key);
            if (mayBeLost && Happens("lost", 400))
                continue;
            if (mayBeLost && Spoil(frame) is { } spoilt && Happens("spoilt", 400))
                frame = spoilt;
            lastFrame = frame;
            await peer.SendAsync(frame, Happens("pieces", 100) ? 30 : null);
        }
    }

    private async Task AnswerAsync(KrakenPeer peer, JsonElement request)
    {
        switch (request.GetProperty("method").GetString())
        {
            case "ping":
                await peer.SendAsync($$"""{"method":"pong","req_id":{{KrakenPeer.Id(request)}},"time_in":"2030-01-01T00:00:00Z","time_out":"2030-01-01T00:00:00Z"}""");
                return;
            case "unsubscribe":
                subscribed.ExceptWith(Keys(request));
                if (!Happens("no answer", 20))
                    await peer.AcknowledgeAsync(request);
                return;
            default:
                if (Happens("no answer", 20))
                    return;
                if (Happens("too many requests", 20))
                {
                    await peer.SendAsync("""{"error":"Exceeded msg rate"}""");
                    return;
                }

                await peer.AcknowledgeAsync(request);
                foreach (var key in Keys(request))
                {
                    if (Snapshot(key) is { } snapshot)
                        await peer.SendAsync(snapshot);
                    subscribed.Add(key);
                }

                return;
        }
    }
}
