using System.Globalization;
using System.Runtime.CompilerServices;
using Nbpy.Messaging;
using Nbpy.Publishers.Betfair.Live;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Simulation;

/// <summary>Made-up data of one topic: the same sequence for the same seed, at a rate that is kept on
/// average; the messages of one step of the market come together, as a venue sends them.</summary>
public sealed class SimulatedSource(IMarketModel model, double rate, TimeProvider time) : IMessageSource
{
    /// <summary>A wait is cut to whole milliseconds: without one more it ends just before the next message is due, for nothing.</summary>
    private static readonly TimeSpan TimerPrecision = TimeSpan.FromMilliseconds(1);

    /// <summary>The source of a publisher's class.</summary>
    /// <exception cref="ArgumentException">The class cannot be simulated, or an option is not what it should be.</exception>
    public static IMessageSource Create(PublisherConfig config, TimeProvider time)
    {
        var random = new Random(Seed(config));
        (IMarketModel Model, double Rate) made = config.Class switch
        {
            KnownClasses.KrakenTick => (new KrakenTickModel(Symbols(config, Instrument.Kraken), random), 15),
            KnownClasses.KrakenDepth => (new KrakenDepthModel(Symbols(config, Instrument.Kraken), random), 20),
            KnownClasses.KrakenOrders => (new OrderModel(Symbols(config, Instrument.Kraken), OrderStyle.Kraken, random), 5),
            KnownClasses.OandaTick => (new OandaTickModel(Symbols(config, Instrument.Oanda), random), 15),
            KnownClasses.OandaOrders => (new OrderModel(Symbols(config, Instrument.Oanda), OrderStyle.Oanda, random), 5),
            KnownClasses.BetfairStream when BetfairLiveOptions.WantsOrders(config) => (new BetfairOrderModel(config.Instruments, random), 2),
            KnownClasses.BetfairStream => (new BetfairModel(config.Instruments, random), 10),
            KnownClasses.TwitterSentiment => (new TwitterModel(config.Instruments, random), 5),
            _ => throw new ArgumentException($"'{config.Name}' is a {config.Class}, which has no simulated source; use one of {string.Join(", ", KnownClasses.Publishers)}."),
        };
        return new SimulatedSource(made.Model, config.Rate ?? made.Rate, time);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<MarketMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pacer = new RatePacer(rate);
        var start = time.GetTimestamp();
        var told = new Queue<IReadOnlyList<MessageField>>();
        var owed = 0;
        while (true)
        {
            var (due, wait) = pacer.Next(time.GetElapsedTime(start));
            owed += due;
            while (owed > 0)
            {
                // A step's messages belong together (the levels of a book, the pairs of one move): they go out together, and
                // what that is ahead of the rate is waited for below.
                model.Step(told);
                for (; told.TryDequeue(out var fields); owed--)
                    yield return new MarketMessage(UnixTime.NowNs(time), fields);
            }

            await Task.Delay(wait + TimeSpan.FromSeconds(-owed / rate) + TimerPrecision, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static int Seed(PublisherConfig config)
    {
        if (!config.Options.TryGetValue("seed", out var text))
            return config.Topic.Aggregate(17, (hash, c) => (hash * 31) + c);
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seed)
            ? seed
            : throw new ArgumentException($"options.seed of '{config.Name}' is {text}; write a whole number.");
    }

    private static IReadOnlyList<Instrument> Symbols(PublisherConfig config, IReadOnlyList<Instrument> defaults) =>
        config.Instruments.Count == 0
            ? defaults
            : [.. config.Instruments.Select(name => defaults.FirstOrDefault(d => d.Name == name) ?? defaults[0] with { Name = name })];
}
