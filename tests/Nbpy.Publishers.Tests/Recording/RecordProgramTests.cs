using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Nbpy.Publishers.Recording;
using Nbpy.Publishers.Tests.Live;
using Nbpy.Publishers.Tests.Live.Kraken;
using Nbpy.ServiceDefaults.Configuration;
using static Nbpy.Publishers.Tests.Live.Kraken.KrakenWire;

namespace Nbpy.Publishers.Tests.Recording;

/// <summary><c>record</c> as a user runs it: a process of its own against Kraken's emulator.</summary>
public sealed class RecordProgramTests : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("nbpy-record-");
    private KrakenEmulator venue = null!;

    private string Out => Path.Combine(folder.FullName, "ticks.ndjson.gz");

    public async ValueTask InitializeAsync() => venue = await KrakenEmulator.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await venue.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_killed_recorder_leaves_what_came_before_the_last_flush()
    {
        using var process = Start("record", "kraken_tick", "--out", Out, "--config", Config());
        var peer = await venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Ticker("BTC/USD", 1, 101, At(1)));
        await Wait.UntilAsync(() => Text().Contains("ask", StringComparison.Ordinal), () => "a flush of the tick");
        for (var i = 2; i <= 20; i++)
            await peer.SendAsync(Ticker("BTC/USD", i, 100 + i, At(i)));
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var played = (await RoundTrip.PlayAsync(Ticks(), Out)).Select(Tick).ToList();
        Assert.NotEmpty(played);
        Assert.Equal(Enumerable.Range(1, played.Count).Select(i => $"BTC/USD {i} {100 + i}"), played);
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT)]
    [InlineData(PosixSignal.SIGTERM)]
    public async Task A_signal_ends_it_with_a_summary_and_everything_in_the_file(PosixSignal signal)
    {
        using var process = Start("record", "kraken_tick", "--out", Out, "--config", Config());
        var peer = await venue.AcceptAsync();
        await peer.WelcomeAsync();
        await peer.SendAsync(Ticker("BTC/USD", 1, 2, At(1)));
        await Wait.UntilAsync(() => Text().Contains("ask", StringComparison.Ordinal), () => "a flush");
        await peer.SendAsync(Ticker("BTC/USD", 3, 4, At(2)));
        // Flushed, so read: the signal then finds nothing under way.
        var before = new FileInfo(Out).Length;
        await Wait.UntilAsync(() => new FileInfo(Out).Length > before, () => "another flush");
        using (var kill = Process.Start("/bin/kill", [signal == PosixSignal.SIGINT ? "-INT" : "-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        var output = await EndAsync(process, signal);
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("messages of the venue", output, StringComparison.Ordinal);
        Assert.Equal(["BTC/USD 1 2", "BTC/USD 3 4"], (await RoundTrip.PlayAsync(Ticks(), Out)).Select(Tick));
    }

    /// <summary>What of the recording is on the disk.</summary>
    private string Text()
    {
        if (!File.Exists(Out))
            return "";
        using var file = new FileStream(Out, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        using var text = new MemoryStream();
        try
        {
            unpacked.CopyTo(text);
        }
        catch (InvalidDataException)
        {
            // It goes on being written.
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>Waits for the end and gives what was printed. Where this program ignores interrupts (started in the background of a shell), so does
    /// every child, and the test fails by that name instead of waiting for ever.</summary>
    private static async Task<string> EndAsync(Process process, PosixSignal signal)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return output;
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            process.Kill();
            throw new TimeoutException($"{signal} did not end the recorder within 60 s; is it ignored by the shell that started these tests?");
        }
    }

    [Fact]
    public async Task The_duration_and_the_largest_size_end_it()
    {
        var serving = ServeAsync();
        Assert.Equal(0, await RecordProgram.RunAsync(["kraken_tick", "--out", Out, "--duration", "2s", "--config", Config()], TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.NotEmpty(await RoundTrip.PlayAsync(Ticks(), Out));
        var plain = Path.Combine(folder.FullName, "plain.ndjson");
        Assert.Equal(0, await RecordProgram.RunAsync(["kraken_tick", "--out", plain, "--max-size", "5KB", "--config", Config()], TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.InRange(new FileInfo(plain).Length, 4000, 5000);
        await venue.DisposeAsync();
        await serving;
    }

    [Fact]
    public async Task Usage_and_configuration_errors_end_with_2_and_nothing_heard_with_1()
    {
        Assert.Equal(2, await RunAsync("kraken_tick", "--out", Out, "--duration", "soon"));
        Assert.Equal(2, await RunAsync("kraken_tick", "--out", Out, "--max-size", "12"));
        Assert.Equal(2, await RunAsync("kraken_tick"));
        Assert.Equal(2, await RunAsync("no_such_topic", "--out", Out, "--config", Config()));
        Assert.Equal(2, await RunAsync("kraken_tick", "--out", Out, "--config", Config(("channel", "rest"))));
        Assert.False(File.Exists(Out));
        Assert.Equal(1, await RunAsync("kraken_tick", "--out", Out, "--duration", "0.1", "--config", Config(("url", "ws://127.0.0.1:1/v2"))));
        Assert.Equal(1, await RunAsync("kraken_tick", "--out", Out, "--duration", "0.1", "--config", Config()));
    }

    [Theory]
    [InlineData("90", 90)]
    [InlineData("1.5m", 90)]
    [InlineData("2h", 7200)]
    [InlineData("0", null)]
    [InlineData("-1", null)]
    [InlineData("31000000", null)]
    [InlineData("", null)]
    [InlineData("m", null)]
    public void Durations_are_read_or_refused(string text, int? seconds) =>
        Assert.Equal(seconds, RecordLimits.Duration(text)?.TotalSeconds);

    [Theory]
    [InlineData("5000", 5000L)]
    [InlineData("5KB", 5000L)]
    [InlineData("4kib", 4096L)]
    [InlineData("1.5GB", 1_500_000_000L)]
    [InlineData("2GiB", 2_147_483_648L)]
    [InlineData("100", null)]
    [InlineData("5 MB extra", null)]
    public void Sizes_are_read_or_refused(string text, long? bytes) => Assert.Equal(bytes, RecordLimits.Size(text));

    private static Task<int> RunAsync(params string[] arguments) => RecordProgram.RunAsync(arguments, TimeProvider.System, TestContext.Current.CancellationToken);

    private static string At(int i) => string.Create(CultureInfo.InvariantCulture, $"2030-01-01T00:00:{i:00}Z");

    private PublisherConfig Ticks() => new() { Name = "kraken_tick", Class = KnownClasses.KrakenTick, Port = 5558, Topic = "kraken_tick" };

    private string Config(params (string Name, string Value)[] options)
    {
        var all = new Dictionary<string, string> { ["url"] = venue.Url, ["timing_scale"] = "1" };
        foreach (var (name, value) in options)
            all[name] = value;
        var path = Path.Combine(folder.FullName, "config.json");
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            publishers = new[] { new { name = "kraken_tick", @class = KnownClasses.KrakenTick, port = 5558, topic = "kraken_tick", instruments = new[] { "BTC/USD" }, options = all } },
        }));
        return path;
    }

    private static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo(
        "dotnet", [Path.Combine(AppContext.BaseDirectory, "Nbpy.Publishers.dll"), .. arguments]) { RedirectStandardOutput = true })!;

    // Ticks for whoever connects, until the venue closes.
    private async Task ServeAsync()
    {
        for (var connection = 0; connection < 2; connection++)
        {
            var peer = await venue.AcceptAsync();
            await peer.WelcomeAsync();
            for (var i = 1; i < 1000 && !peer.Ended.IsCompleted; i++)
            {
                try
                {
                    await peer.SendAsync(Ticker("BTC/USD", i, i + 1, At(i % 60)));
                }
                catch (Exception e) when (e is System.Net.WebSockets.WebSocketException or IOException or OperationCanceledException or InvalidOperationException)
                {
                    break;
                }

                await Task.Delay(5, TestContext.Current.CancellationToken);
            }
        }
    }
}
