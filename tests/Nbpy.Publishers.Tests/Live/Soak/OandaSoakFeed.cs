using Nbpy.Publishers.Live;
using Nbpy.Publishers.Oanda.Live;
using Nbpy.Publishers.Tests.Live.Oanda;

namespace Nbpy.Publishers.Tests.Live.Soak;

/// <summary>A stream of OANDA's whose venue loses and repeats lines, cuts them anywhere, falls silent and breaks off.</summary>
internal abstract class OandaSoakFeed(string name, int seed, string publisherClass) : SoakFeed(name, seed)
{
    protected static readonly string[] Instruments = ["EUR_USD", "USD_JPY"];
    private string? lastLine;

    protected OandaEmulator Venue { get; private set; } = null!;

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
        Venue = await OandaEmulator.StartAsync();
        return OandaLiveFeeds.Create(
            Config(publisherClass, Instruments, Venue.Url, Venue.Url), TimeProvider.System, new LogLines(),
            variable => variable == "OANDA_TOKEN" ? OandaEmulator.Token : OandaEmulator.Account);
    }

    /// <summary>The lines that a new stream begins with.</summary>
    protected abstract IEnumerable<string> First();

    /// <summary>Something happens: its line.</summary>
    protected abstract string Next();

    protected abstract string Heartbeat();

    private async Task ConnectionAsync(OandaPeer peer, CancellationToken end)
    {
        foreach (var line in First())
            await peer.SendAsync(line);
        var beat = 0;
        var oneIn = Connection.TotalMilliseconds / 5 * 3;
        while (!end.IsCancellationRequested && !peer.Ended.IsCompleted)
        {
            if (Happens("abort", oneIn))
            {
                // Mostly in the middle of a line.
                await peer.SendRawAsync(Next()[..Random.Next(80)]);
                peer.Abort();
                return;
            }

            if (Happens("end", oneIn))
            {
                peer.End();
                return;
            }

            if (Happens("silence", oneIn * 3))
            {
                await peer.Ended.WaitAsync(end);
                return;
            }

            if (Happens("unknown or malformed", 200))
                await peer.SendAsync(Random.Next(2) == 0 ? """{"type":"WEATHER"}""" : """{"type":"PRI""");
            if (lastLine is not null && Happens("repeat", 200))
                await peer.SendAsync(lastLine);
            await HappenAsync(peer);
            if (beat++ % 40 == 0)
                await peer.SendAsync(Heartbeat());
            if (Venue.RefuseStreams.IsEmpty && Happens("refused stream", 500))
                Venue.RefuseStreams.Enqueue(OandaRefusal.Of(503, "Not now."));
            if (Venue.RefuseCalls.IsEmpty && Happens("refused call", 500))
                Venue.RefuseCalls.Enqueue(OandaRefusal.Of(503, "Not now."));
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private async Task HappenAsync(OandaPeer peer)
    {
        var burst = Quiet ? 0 : Happens("burst", 500) ? 300 : Random.Next(3);
        for (var i = 0; i < burst; i++)
        {
            var line = Next();
            if (Happens("lost", 400))
                continue;
            lastLine = line;
            await peer.SendRawAsync(line + (Random.Next(3) == 0 ? "\r\n" : "\n"), Happens("pieces", 100) ? 30 : null);
        }
    }
}
