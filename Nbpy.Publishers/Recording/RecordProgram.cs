using System.CommandLine;
using System.Globalization;
using Nbpy.Publishers.Live;
using Nbpy.ServiceDefaults;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Publishers.Recording;

/// <summary><c>nbpy record</c>, and this program's own word <c>record</c>.</summary>
public static class RecordProgram
{
    private const double LongestSeconds = 30 * 86_400.0;

    /// <summary>Records one topic of a configuration.</summary>
    /// <param name="args">What follows <c>record</c>.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the recording, besides Ctrl+C and SIGTERM.</param>
    /// <returns>0 recorded, 1 nothing came or the file could not be written, 2 wrong usage or configuration.</returns>
    public static async Task<int> RunAsync(string[] args, TimeProvider time, CancellationToken cancellationToken)
    {
        var topic = new Argument<string>("topic") { Description = "The topic, or the publisher's name." };
        var output = new Option<string>("--out", "-o") { Description = "The file; .gz compresses. One that exists is left alone.", Required = true };
        var duration = new Option<string?>("--duration") { Description = "How long, such as 90, 90s, 10m or 2h (default: until Ctrl+C)." };
        var config = new Option<string?>("--config") { Description = "The configuration file (default: CONFIG_PATH, or the nearest integration_config.json)." };
        duration.Validators.Add(r =>
        {
            if (r.GetValueOrDefault<string?>() is { } text && ParseDuration(text) is null)
                r.AddError($"--duration is '{text}'; write 90, 90s, 10m or 2h, at most 30 days.");
        });
        var root = new RootCommand("Writes a venue's messages as they come, with their receive times, for source: replay (options.replay_file).") { topic, output, duration, config };
        root.SetAction((r, stop) => GuardedAsync(
            r.GetRequiredValue(topic), r.GetRequiredValue(output), r.GetValue(duration) is { } text ? ParseDuration(text) : null, r.GetValue(config), time, stop));
        var parsed = root.Parse(args);
        var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) }, cancellationToken).ConfigureAwait(false);
        return parsed.Errors.Count > 0 ? 2 : code;
    }

    /// <summary>Seconds, or a number with s, m or h; null when it is none, or nothing, or more than 30 days.</summary>
    internal static TimeSpan? ParseDuration(string text)
    {
        var (number, unit) = text.Length == 0 ? ("", 1) : text[^1] switch
        {
            's' => (text[..^1], 1),
            'm' => (text[..^1], 60),
            'h' => (text[..^1], 3600),
            _ => (text, 1),
        };
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && value * unit is >= 0.001 and <= LongestSeconds ? TimeSpan.FromSeconds(value * unit) : null;
    }

    private static async Task<int> GuardedAsync(
        string topic, string path, TimeSpan? duration, string? config, TimeProvider time, CancellationToken stop)
    {
        try
        {
            return await RecordAsync(topic, path, duration, ConfigurationLoader.Load(config), time, stop).ConfigureAwait(false);
        }
        catch (ConfigurationException e)
        {
            ConfigurationReport.Write(e, Console.Error);
            return 2;
        }
        catch (ServiceStartException e)
        {
            await Console.Error.WriteLineAsync($"{topic}: {e.Message}").ConfigureAwait(false);
            return 2;
        }
        catch (RecordingException e)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return 1;
        }
    }

    private static async Task<int> RecordAsync(
        string topic, string path, TimeSpan? duration, IntegrationConfig all, TimeProvider time, CancellationToken stop)
    {
        var config = all.Publishers.FirstOrDefault(p => p.Topic == topic && p.Enabled) ?? all.Publishers.FirstOrDefault(p => p.Topic == topic || p.Name == topic)
            ?? throw new ServiceStartException($"{all.Path} has no publisher of that topic; it has {string.Join(", ", all.Publishers.Select(p => p.Topic))}.");
        var missing = LiveFeeds.MissingCredentials(config);
        if (missing.Count > 0)
            throw new ServiceStartException($"a recording needs the venue, and {string.Join(", ", missing)} {(missing.Count == 1 ? "is" : "are")} not set; set them in the environment.");
        using var loggers = ServiceLogging.CreateFactory(config.Name);
        var source = LiveFeeds.Create(config, time, loggers.CreateLogger(config.Name));
        using var writer = new RecordingWriter(path);
        var recorder = new Recorder(source, writer, time);
        Console.WriteLine($"Recording {config.Topic} into {path}{(duration is { } d ? $" for {d.TotalSeconds:0.###} s" : "; Ctrl+C ends it")}");
        try
        {
            await recorder.RunAsync(duration, stop).ConfigureAwait(false);
        }
        finally
        {
            (source as IDisposable)?.Dispose();
        }

        writer.Dispose();
        var status = source.Status;
        Console.WriteLine(FormattableString.Invariant(
            $"{path}: {writer.Messages} messages of the venue, {recorder.Decoded} of {config.Topic}, {status.Counters.GetValueOrDefault(FeedCounters.Reconnects)} reconnects"));
        if (writer.Messages > 0)
            return 0;
        await Console.Error.WriteLineAsync(
            $"Nothing was recorded: {status.Current.Phase.ToString().ToLowerInvariant()}: {status.Current.Reason}. (What comes over REST is not recorded.)").ConfigureAwait(false);
        return 1;
    }
}
