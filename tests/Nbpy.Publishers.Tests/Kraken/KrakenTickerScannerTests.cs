using System.Text;
using Nbpy.Publishers.Kraken;
using Nbpy.Publishers.Tests.Live.Kraken;

namespace Nbpy.Publishers.Tests.Kraken;

/// <summary>The fast way through a ticker against the JSON reader: a frame with a space before it is the same JSON, and goes
/// the long way.</summary>
public sealed class KrakenTickerScannerTests
{
    private static readonly byte[] Signs = [.. "\"\\{}[]:,0123456789.-eE "u8];

    [Fact]
    public void A_frame_as_kraken_sends_it_goes_the_fast_way_and_says_the_same()
    {
        foreach (var type in new[] { "snapshot", "update" })
        {
            var frame = Encoding.UTF8.GetBytes(KrakenWire.Ticker("BTC/USD", 62809.90m, 62810.10m, type: type));
            Assert.True(new KrakenTickerScanner(frame, new KrakenNames()).TryRead(out var ticker, out var snapshot));
            Assert.Equal(type == "snapshot", snapshot);
            AssertSame(frame, ticker, snapshot);
        }
    }

    [Theory]
    [InlineData("\"bid\":1", "\"bid\":01")]
    [InlineData("\"bid\":1", "\"bid\":1.")]
    [InlineData("\"bid\":1", "\"bid\":1e2")]
    [InlineData("\"bid\":1", "\"bid\":null")]
    [InlineData("\"bid\":1", "\"bid\":\"1\"")]
    [InlineData("\"bid\":1", "\"b\\u0069d\":1")]
    [InlineData("\"bid\":1", "\"bid\": 1")]
    [InlineData("\"bid\":1", "\"bid\":1,")]
    [InlineData("\"bid\":1", "\"more\":{\"bid\":2},\"bid\":1")]
    [InlineData("\"bid\":1", "\"more\":[],\"bid\":1")]
    [InlineData("BTC/USD", "BTC\\/USD")]
    [InlineData("BTC/USD", "")]
    [InlineData("BTC/USD", "BTC/\u00fcSD")]
    [InlineData("}]}", "},{\"symbol\":\"ETH/USD\"}]}")]
    [InlineData("}]}", "}],\"more\":1}")]
    [InlineData("}]}", "}]} ")]
    [InlineData("}]}", "}]}x")]
    [InlineData("}]}", "}]")]
    [InlineData("2030-01-01", "2030-13-01")]
    public void Another_shape_is_left_to_the_json_reader(string from, string to) => Assert.False(
        new KrakenTickerScanner(
            Encoding.UTF8.GetBytes(KrakenWire.Ticker("BTC/USD", 1, 2).Replace(from, to, StringComparison.Ordinal)), new KrakenNames()).TryRead(out _, out _));

    [Fact]
    public void Whatever_is_done_to_a_frame_both_ways_agree()
    {
        var random = new Random(5);
        var original = Encoding.UTF8.GetBytes(KrakenWire.Ticker("BTC/USD", 62809.90m, 62810.10m));
        var taken = 0;
        for (var n = 0; n < 50_000; n++)
        {
            var frame = original.ToList();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                var at = random.Next(frame.Count);
                switch (random.Next(4))
                {
                    case 0: frame.RemoveAt(at); break;
                    case 1: frame[at] = (byte)random.Next(256); break;
                    case 2: frame.Insert(at, Signs[random.Next(Signs.Length)]); break;
                    default: frame[at] = frame[random.Next(frame.Count)]; break;
                }
            }

            byte[] bytes = [.. frame];
            if (!new KrakenTickerScanner(bytes, new KrakenNames()).TryRead(out var ticker, out var snapshot))
                continue;
            taken++;
            AssertSame(bytes, ticker, snapshot);
        }

        Assert.InRange(taken, 1000, 49_000);
    }

    private static void AssertSame(byte[] frame, KrakenTicker ticker, bool snapshot)
    {
        var decoder = new KrakenDecoder();
        var kind = decoder.Decode([(byte)' ', .. frame]);
        Assert.True(kind == KrakenFrameKind.Ticker, $"{kind} {decoder.LastError}: {Encoding.UTF8.GetString(frame)}");
        Assert.Equal(decoder.Tickers.Single(), ticker);
        Assert.Equal(decoder.LastWasSnapshot, snapshot);
        var fast = new KrakenDecoder();
        Assert.Equal(KrakenFrameKind.Ticker, fast.Decode(frame));
        Assert.Equal(ticker, fast.Tickers.Single());
    }
}
