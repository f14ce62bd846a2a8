using System.CommandLine;
using Nbpy.Publishers.Kraken.Live;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Recording;

/// <summary><c>nbpy record</c>, and this program's own word <c>record</c>.</summary>
public static class RecordProgram
{
    /// <summary>Records one topic of a configuration.</summary>
    /// <param name="args">What follows <c>record</c>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the recording, besides Ctrl+C and SIGTERM.</param>
    /// <returns>0 recorded, 1 nothing came or the file could not be written, 2 wrong usage or configuration.</returns>
    public static async Task<int> RunAsync(string[] args, TimeProvider time, CancellationToken cancellationToken)
    {
        var topic = new Argument<string>("topic") { Description = "The topic, or the publisher's name." };
        var output = new Option<string>("--out", "-o") { Description = "The file; .gz and .zst compress.", Required = true };
        var force = new Option<bool>("--force") { Description = "Overwrite a file that exists." };
        var duration = new Option<string?>("--duration") { Description = "How long, such as 90, 90s, 10m or 2h (default: until Ctrl+C)." };
        var size = new Option<string?>("--max-size") { Description = "End before the file becomes larger, such as 500MB or 2GiB (default: no limit)." };
        var config = new Option<string?>("--config") { Description = "The configuration file (default: CONFIG_PATH, or the nearest integration_config.json)." };
        duration.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<string?>() is { } text && RecordLimits.Duration(text) is null)
                r.AddError($"--duration is '{text}'; write 90, 90s, 10m or 2h, at most 30 days.");
        });
        size.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<string?>() is { } text && RecordLimits.Size(text) is null)
                r.AddError($"--max-size is '{text}'; write bytes, or a number with KB, MB, GB, KiB, MiB or GiB, at least 4096 bytes.");
        });
        var root = new RootCommand("Writes a venue's messages as they come, with their receive times, for source: replay (options.file).") { topic, output, force, duration, size, config };
        root.SetAction((r, stop) => GuardedAsync(new RecordRequest(
            r.GetRequiredValue(topic), r.GetRequiredValue(output), r.GetValue(force), r.GetValue(duration) is { } text ? RecordLimits.Duration(text) : null,
            r.GetValue(size) is { } most ? RecordLimits.Size(most)!.Value : long.MaxValue / 2), r.GetValue(config), time, stop));
        var parsed = root.Parse(args);
        var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) }, cancellationToken).ConfigureAwait(false);
        return parsed.Errors.Count > 0 ? 2 : code;
    }

    private static async Task<int> GuardedAsync(RecordRequest request, string? config, TimeProvider time, CancellationToken stop)
    {
        try
        {
            return await RecordAsync(request, ConfigurationLoader.Load(config), time, stop).ConfigureAwait(false);
        }
        catch (ConfigurationException e)
        {
            ConfigurationReport.Write(e, Console.Error);
            return 2;
        }
        catch (ServiceStartException e)
        {
            await Console.Error.WriteLineAsync($"{request.Topic}: {e.Message}").ConfigureAwait(false);
            return 2;
        }
        catch (RecordingException e)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return 1;
        }
    }

    private static async Task<int> RecordAsync(RecordRequest request, IntegrationConfig all, TimeProvider time, CancellationToken stop)
    {
        var config = all.Publishers.FirstOrDefault(p => p.Topic == request.Topic && p.Enabled)
            ?? all.Publishers.FirstOrDefault(p => p.Topic == request.Topic || p.Name == request.Topic)
            ?? throw new ServiceStartException($"{all.Path} has no publisher of that topic; it has {string.Join(", ", all.Publishers.Select(p => p.Topic))}.");
        var missing = KnownClasses.MissingCredentials(config);
        if (missing.Count > 0)
            throw new ServiceStartException($"a recording needs the venue, and {string.Join(", ", missing)} {(missing.Count == 1 ? "is" : "are")} not set; set them in the environment.");
        using var loggers = ServiceLogging.CreateFactory(config.Name);
        var source = LiveFeeds.Create(config, time, loggers.CreateLogger(config.Name));
        try
        {
            if (source is KrakenRestSource)
                throw new ServiceStartException("what comes over REST cannot be recorded; leave options.channel out, so that the WebSocket is used.");
            using var writer = new RecordingWriter(request.Path, config, time, request.Overwrite, request.MostBytes);
            var recorder = new Recorder(source, writer, time) { Progress = Console.IsErrorRedirected ? null : () => ShowProgress(source, writer) };
            Console.WriteLine($"Recording {config.Topic} into {request.Path}{(request.Duration is { } d ? $" for {d.TotalSeconds:0.###} s" : "; Ctrl+C ends it")}");
            await recorder.RunAsync(request.Duration, stop).ConfigureAwait(false);
            var full = writer.Full.IsCancellationRequested;
            writer.Dispose();
            return await SumUpAsync(request, config, source.Status, writer, recorder.Decoded, full).ConfigureAwait(false);
        }
        finally
        {
            (source as IDisposable)?.Dispose();
        }
    }

    private static void ShowProgress(LiveSource source, RecordingWriter writer) => Console.Error.Write(FormattableString.Invariant(
        $"\r{writer.Messages} messages, {writer.Bytes} bytes; {source.Status.Current.Phase.ToString().ToLowerInvariant()}: {source.Status.Current.Reason}\u001b[K"));

    private static async Task<int> SumUpAsync(RecordRequest request, PublisherConfig config, FeedStatus status, RecordingWriter writer, long decoded, bool full)
    {
        if (!Console.IsErrorRedirected)
            await Console.Error.WriteLineAsync().ConfigureAwait(false);
        Console.WriteLine(FormattableString.Invariant(
            $"{request.Path}: {writer.Messages} messages of the venue, {writer.Bytes} bytes{(full ? " (--max-size reached)" : "")}; {decoded} messages of {config.Topic}; {status.Counters.GetValueOrDefault(FeedCounters.Reconnects)} reconnects"));
        if (writer.Messages > 0)
            return 0;
        await Console.Error.WriteLineAsync($"Nothing was recorded: {status.Current.Phase.ToString().ToLowerInvariant()}: {status.Current.Reason}").ConfigureAwait(false);
        return 1;
    }

    /// <summary>What the command line asks for.</summary>
    private sealed record RecordRequest(string Topic, string Path, bool Overwrite, TimeSpan? Duration, long MostBytes);
}
