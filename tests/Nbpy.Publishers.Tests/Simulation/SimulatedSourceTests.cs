using Nbpy.Messaging;
using Nbpy.Publishers.Decoding;
using Nbpy.Publishers.Simulation;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Simulation;

public sealed class SimulatedSourceTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Classes =>
    [
        KnownClasses.KrakenTick, KnownClasses.KrakenDepth, KnownClasses.KrakenOrders, KnownClasses.OandaTick, KnownClasses.OandaOrders,
        KnownClasses.BetfairStream, KnownClasses.TwitterSentiment,
    ];

    [Theory]
    [MemberData(nameof(Classes))]
    public async Task A_seed_fixes_the_sequence_and_another_changes_it(string publisherClass)
    {
        var first = await TextsAsync(Config(publisherClass, "t", ("seed", "5")));
        Assert.Equal(first, await TextsAsync(Config(publisherClass, "t", ("seed", "5"))));
        // The topic's name matters only where there is no seed.
        Assert.Equal(first, await TextsAsync(Config(publisherClass, "other", ("seed", "5"))));
        Assert.NotEqual(first, await TextsAsync(Config(publisherClass, "t", ("seed", "6"))));
        var unseeded = await TextsAsync(Config(publisherClass, "t"));
        Assert.Equal(unseeded, await TextsAsync(Config(publisherClass, "t")));
        Assert.NotEqual(unseeded, await TextsAsync(Config(publisherClass, "other")));
    }

    [Theory]
    [MemberData(nameof(Classes))]
    public async Task Messages_come_at_the_configured_rate_with_rising_times(string publisherClass)
    {
        var clock = new JumpingTimeProvider(Start);
        var messages = await TakeAsync(Config(publisherClass, "t") with { Rate = 40 }, clock, 401);
        Assert.Equal(Rfc3339.ToNanoseconds(Start), messages[0].TimestampNs);
        Assert.Equal(messages.Select(m => m.TimestampNs).Order(), messages.Select(m => m.TimestampNs));
        Assert.InRange((clock.GetUtcNow() - Start).TotalSeconds, 9.9, 10.02);
        Assert.InRange(clock.Timers, 30, 420);
    }

    [Fact]
    public async Task High_rates_wake_at_most_a_hundred_times_a_second()
    {
        var clock = new JumpingTimeProvider(Start);
        await TakeAsync(Config(KnownClasses.KrakenTick, "t") with { Rate = 5_000 }, clock, 50_000);
        Assert.InRange((clock.GetUtcNow() - Start).TotalSeconds, 9.9, 10.1);
        Assert.InRange(clock.Timers, 100, 1_001);
    }

    [Fact]
    public async Task A_wait_that_is_no_whole_number_of_milliseconds_is_waited_for_once()
    {
        var clock = new JumpingTimeProvider(Start);
        await TakeAsync(Config(KnownClasses.TwitterSentiment, "t") with { Rate = 3 }, clock, 301);
        Assert.InRange((clock.GetUtcNow() - Start).TotalSeconds, 99.9, 100.1);
        Assert.InRange(clock.Timers, 1, 300);
    }

    [Fact]
    public async Task Configured_instruments_are_the_ones_told_of()
    {
        var config = Config(KnownClasses.KrakenTick, "t") with { Instruments = ["ETH/USD", "NEW/USD"] };
        var messages = await TakeAsync(config, new JumpingTimeProvider(Start), 200);
        Assert.Equal(["ETH/USD", "NEW/USD"], messages.Select(m => m.Name("pair")).Distinct().Order());
        Assert.All(messages.Where(m => m.Name("pair") == "ETH/USD"), m => Assert.InRange(m.Number("bid"), 2_900, 3_400));
    }

    [Fact]
    public void A_wrong_seed_and_a_class_without_simulation_are_refused()
    {
        Assert.Contains("soon", Assert.Throws<ArgumentException>(
            () => SimulatedSource.Create(Config(KnownClasses.KrakenTick, "t", ("seed", "soon")), TimeProvider.System)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => SimulatedSource.Create(Config(KnownClasses.DataFilter, "t"), TimeProvider.System));
    }

    private static PublisherConfig Config(string publisherClass, string topic, params (string Key, string Value)[] options) => new()
    {
        Name = "p", Class = publisherClass, Port = 1, Topic = topic, Options = options.ToDictionary(o => o.Key, o => o.Value),
    };

    private static async Task<List<string>> TextsAsync(PublisherConfig config) =>
        [.. (await TakeAsync(config, new JumpingTimeProvider(Start), 300)).Select(message => message.Text())];

    private static async Task<List<MarketMessage>> TakeAsync(PublisherConfig config, TimeProvider time, int count)
    {
        var messages = new List<MarketMessage>();
        await foreach (var message in SimulatedSource.Create(config, time).ReadAsync(TestContext.Current.CancellationToken))
        {
            messages.Add(message);
            if (messages.Count == count)
                break;
        }
        return messages;
    }
}
