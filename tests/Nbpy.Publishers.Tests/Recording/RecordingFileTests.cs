using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Nbpy.Messaging;
using Nbpy.Publishers.Live;
using Nbpy.Publishers.Recording;
using Nbpy.Publishers.Replay;
using Nbpy.Publishers.Tests.Live;
using Nbpy.Publishers.Tests.Replay;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Tests.Recording;

/// <summary>The file of a recording: what it holds, what becomes of it when it is cut off, full or in the way.</summary>
public sealed class RecordingFileTests : IDisposable
{
    private static readonly PublisherConfig Ticks = new() { Name = "oanda", Class = KnownClasses.OandaTick, Port = 1, Topic = "oanda_tick" };
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nbpy-recording-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void The_format_is_that_of_the_documentation()
    {
        var path = At("a.ndjson");
        using (var writer = new RecordingWriter(path, Ticks, new ManualClock()))
        {
            writer.Connected(1_893_456_000_000_000_000);
            writer.Write("{\"a\":\"é \\\"x\\\"\"}"u8, 1_893_456_000_123_456_789);
            writer.Write(default, 1);
            Assert.Equal(1, writer.Messages);
        }

        Assert.Equal(
            [
                """{"dir":"note","at_ms":1893456000000,"nbpy_recording":1,"class":"OandaTickPublisher","topic":"oanda_tick","started":"2030-01-01T00:00:00Z"}""",
                """{"dir":"note","at_ms":1893456000000,"note":"connected"}""",
                """{"dir":"s2c","at_ms":1893456000123.456789,"frame":"{\"a\":\"é \\\"x\\\"\"}"}""",
            ],
            File.ReadAllLines(path));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_file_that_exists_is_left_alone_without_force()
    {
        var path = At("a.ndjson");
        File.WriteAllText(path, "precious");
        var error = Assert.Throws<RecordingException>(() => new RecordingWriter(path, Ticks, TimeProvider.System));
        Assert.Contains("--force", error.Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(path));
        new RecordingWriter(path, Ticks, TimeProvider.System, overwrite: true).Dispose();
        Assert.StartsWith("{\"dir\":\"note\"", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.ndjson")]
    [InlineData("a.ndjson.gz")]
    [InlineData("a.ndjson.zst")]
    public async Task A_file_that_is_cut_off_anywhere_plays_its_whole_lines_and_the_rest_is_counted(string name)
    {
        var whole = At("whole-" + name);
        using (var writer = new RecordingWriter(whole, Ticks, TimeProvider.System))
        {
            for (var i = 0; i < 6; i++)
            {
                writer.Write(Encoding.UTF8.GetBytes(Price(i)), i * 1_000_000_000L);
                if (i % 2 == 1)
                    writer.Flush();
            }
        }

        var bytes = await File.ReadAllBytesAsync(whole, TestContext.Current.CancellationToken);
        var path = At(name);
        var (most, torn) = (0, 0L);
        // The head alone takes the first hundred bytes or so.
        for (var length = bytes.Length / 2; length <= bytes.Length; length++)
        {
            await File.WriteAllBytesAsync(path, bytes[..length], TestContext.Current.CancellationToken);
            var (messages, counters) = await PlayAsync(path);
            Assert.Equal(Enumerable.Range(0, messages.Count).Select(i => (double)(1.1m + i)), messages.Select(m => (double)m.Get("bid")!));
            Assert.InRange(messages.Count, most, 6);
            Assert.Equal(0, counters[FeedCounters.Undecodable]);
            most = messages.Count;
            torn += counters[ReplaySource.TornCounter];
            // Before a flush nothing is promised; what had been flushed is there.
            Assert.True(messages.Count >= 2, $"{messages.Count} messages of {length} bytes");
        }

        Assert.Equal(6, most);
        Assert.True(torn > 0);
    }

    [Fact]
    public async Task A_torn_file_with_nothing_whole_is_an_error_that_says_so()
    {
        var path = At("a.ndjson.gz");
        using (var writer = new RecordingWriter(path, Ticks, TimeProvider.System))
            writer.Write(Encoding.UTF8.GetBytes(Price(1)), 1);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(path, bytes[..40], TestContext.Current.CancellationToken);
        Assert.Contains("cut off after line", (await Assert.ThrowsAsync<ReplayException>(() => PlayAsync(path))).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, "no gzip at all, but long enough to be read as such", TestContext.Current.CancellationToken);
        Assert.Contains(path, (await Assert.ThrowsAsync<ReplayException>(() => PlayAsync(path))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.ndjson")]
    [InlineData("a.ndjson.gz")]
    [InlineData("a.ndjson.zst")]
    public async Task The_largest_size_is_never_exceeded_and_every_line_is_whole(string name)
    {
        var path = At(name);
        var random = new Random(3);
        long written;
        using (var writer = new RecordingWriter(path, Ticks, TimeProvider.System, mostBytes: 20_000))
        {
            for (var i = 0; i < 50_000 && !writer.Full.IsCancellationRequested; i++)
            {
                writer.Write(Encoding.UTF8.GetBytes(Price(i) + new string(' ', random.Next(200))), i);
                if (i % 50 == 0)
                    writer.Flush();
            }

            Assert.True(writer.Full.IsCancellationRequested);
            written = writer.Messages;
            writer.Write(Encoding.UTF8.GetBytes(Price(1)), 1);
            Assert.Equal(written, writer.Messages);
        }

        Assert.InRange(new FileInfo(path).Length, 19_000, 20_000);
        var (messages, counters) = await PlayAsync(path);
        Assert.Equal(written, messages.Count);
        Assert.Equal(0, counters[ReplaySource.TornCounter]);
    }

    [Theory]
    [InlineData("a.ndjson")]
    [InlineData("a.ndjson.gz")]
    [InlineData("a.ndjson.zst")]
    public void A_full_disk_is_a_clear_error(string name)
    {
        if (!File.Exists("/dev/full"))
            Assert.Skip("There is no /dev/full here to stand for a full disk.");
        var path = At(name);
        File.CreateSymbolicLink(path, "/dev/full");
        var writer = new RecordingWriter(path, Ticks, TimeProvider.System, overwrite: true);
        writer.Write(Encoding.UTF8.GetBytes(Price(1)), 1);
        var error = Assert.Throws<RecordingException>(writer.Flush);
        Assert.StartsWith($"{path} cannot be written: ", error.Message, StringComparison.Ordinal);
        writer.Dispose();
    }

    [Theory]
    [InlineData("a.ndjson.gz", "gzip", "-dc")]
    [InlineData("a.ndjson.zst", "zstd", "-dc")]
    public async Task The_usual_tools_read_it(string name, string tool, string option)
    {
        if (!((string[])["/usr/bin/", "/bin/"]).Any(f => File.Exists(f + tool)))
            Assert.Skip($"{tool} is not installed.");
        var path = At(name);
        using (var writer = new RecordingWriter(path, Ticks, TimeProvider.System))
        {
            for (var i = 0; i < 10; i++)
            {
                writer.Write(Encoding.UTF8.GetBytes(Price(i)), i);
                writer.Flush();
            }
        }

        using var process = Process.Start(new ProcessStartInfo(tool, [option, path]) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(11, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task A_recording_of_another_class_is_named()
    {
        var path = At("a.ndjson");
        using (var writer = new RecordingWriter(path, Ticks with { Class = KnownClasses.KrakenTick }, TimeProvider.System))
            writer.Write("""{"channel":"heartbeat"}"""u8, 1);
        var error = await Assert.ThrowsAsync<ReplayException>(() => PlayAsync(path));
        Assert.Contains("KrakenTickPublisher, not of OandaTickPublisher", error.Message, StringComparison.Ordinal);
    }

    private static string Price(int i) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"type":"PRICE","time":"2026-01-15T10:30:00Z","bids":[{"price":"{{1.1m + i}}","liquidity":1}],"asks":[{"price":"{{1.2m + i}}","liquidity":1}],"tradeable":true,"instrument":"EUR_USD"}""");

    private static async Task<(List<MarketMessage> Messages, IReadOnlyDictionary<string, long> Counters)> PlayAsync(string path)
    {
        var config = Ticks with { Options = new Dictionary<string, string> { ["file"] = path, ["loop"] = "false", ["speed"] = "max" } };
        var source = ReplaySource.Create(config, new JumpingTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60)), NullLogger.Instance);
        var messages = new List<MarketMessage>();
        await foreach (var message in source.ReadAsync(TestContext.Current.CancellationToken))
            messages.Add(message);
        return (messages, source.Counters);
    }

    private string At(string name) => Path.Combine(folder.FullName, name);
}
