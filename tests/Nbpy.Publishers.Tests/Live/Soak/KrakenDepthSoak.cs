using System.Globalization;
using Nbpy.Messaging;
using Nbpy.Publishers.Tests.Live.Kraken;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Live.Soak;

/// <summary>The venue knows its book after every message of its own; a message of the feed with that time has to be a level
/// of that book.</summary>
internal sealed class KrakenDepthSoak(int seed) : KrakenSoakFeed("kraken_depth", seed, KnownClasses.KrakenDepth)
{
    private const long Hour = 3_600_000_000_000;

    // In an hour of its own each: a publisher moves what has the time of something long before.
    private readonly Dictionary<string, VenueBook> books = Pairs.Index().ToDictionary(p => p.Item, p => new VenueBook(p.Item, hour: p.Index).Fill());
    private readonly Dictionary<(string Pair, int Tick), (double, double, double, double)[]> history = [];

    public override bool IsSettled(IReadOnlyList<MarketMessage> messages)
    {
        foreach (var (pair, book) in books)
        {
            var levels = new (double, double, double, double)[10];
            foreach (var message in messages.Where(m => (string)m.Get("pair")! == pair))
                levels[Level(message)] = Values(message);
            if (!levels.SequenceEqual(book.Levels))
                return false;
        }

        return true;
    }

    public override void Verify(IReadOnlyList<MarketMessage> messages)
    {
        var seen = new HashSet<(string, int, int)>();
        var last = new Dictionary<string, long>();
        foreach (var message in messages)
        {
            var pair = (string)message.Get("pair")!;
            var tick = (int)(message.TimestampNs % Hour / 1000);
            Assert.Equal(history[(pair, tick)][Level(message)], Values(message));
            Assert.True(seen.Add((pair, tick, Level(message))), $"{pair} {tick} {Level(message)} twice");
            Assert.True(message.TimestampNs >= last.GetValueOrDefault(pair), $"{pair} {tick} goes back");
            last[pair] = message.TimestampNs;
        }
    }

    protected override string Snapshot(string key) => Noted(key, books[key].Snapshot());

    protected override (string Frame, bool MayBeLost) Next(string key) => (Noted(key, books[key].Change(Random)), true);

    protected override string Spoil(string frame) => VenueBook.WithWrongChecksum(frame);

    private string Noted(string key, string frame)
    {
        history[(key, books[key].Tick)] = [.. books[key].Levels];
        return frame;
    }

    private static int Level(MarketMessage message) => int.Parse((string)message.Get("level")!, CultureInfo.InvariantCulture) - 1;

    private static (double, double, double, double) Values(MarketMessage m) =>
        ((double)m.Get("bid_price")!, (double)m.Get("bid_size")!, (double)m.Get("ask_price")!, (double)m.Get("ask_size")!);
}
