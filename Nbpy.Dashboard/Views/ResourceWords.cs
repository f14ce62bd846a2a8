using Nbpy.Dashboard.Model;

namespace Nbpy.Dashboard.Views;

/// <summary>How states and healths look.</summary>
internal static class ResourceWords
{
    private static readonly string[] Palette = ["#3b82c4", "#c2623b", "#4f9d5b", "#9b59b6", "#b8860b", "#2a9d9d", "#c0507a", "#6b7fd7", "#7a8b3a", "#a0522d"];

    /// <summary>Icon and class of a state, with its health.</summary>
    public static (string Icon, string Class) Look(ResourceView r) => r.State switch
    {
        "Running" when r.Health is ResourceHealth.Unhealthy => ("warning", "bad"),
        "Running" when r.Health is ResourceHealth.Degraded => ("warning", "warn"),
        "Running" => ("check", "good"),
        "Finished" or "Exited" when r.ExitCode is null or 0 => ("check", "done"),
        "Finished" or "Exited" or "FailedToStart" or "Fatal" or "RuntimeUnhealthy" => ("error", "bad"),
        "Waiting" => ("clock", "idle"),
        "NotStarted" => ("circle", "idle"),
        _ => ("spinner", "busy"),
    };

    /// <summary>The state in words: the exit code where it is not 0, spaces in names.</summary>
    public static string Text(ResourceView r) => r.State switch
    {
        "FailedToStart" => "Failed to start",
        "NotStarted" => "Not started",
        "RuntimeUnhealthy" => "Runtime unhealthy",
        "Running" when r.Health is ResourceHealth.Unhealthy or ResourceHealth.Degraded => $"Running ({r.Health})",
        "Finished" or "Exited" when r.ExitCode is { } code and not 0 => $"{r.State} ({code})",
        _ => r.State,
    };

    /// <summary>The reason to show beside the state, if there is one.</summary>
    public static string? Reason(ResourceView r) => r.StateReason
        ?? r.HealthReports.Where(h => h.Health is not null and not ResourceHealth.Healthy).Select(h => h.Description ?? h.Exception).FirstOrDefault(t => !string.IsNullOrEmpty(t));

    public static string Health(ResourceView r) => r.Health?.ToString() ?? "–";

    /// <summary>One colour per name, the same on every page and in every run.</summary>
    public static string Color(string name)
    {
        var hash = 2166136261u;
        foreach (var c in name)
            hash = (hash ^ char.ToLowerInvariant(c)) * 16777619u;
        return Palette[hash % (uint)Palette.Length];
    }

    /// <summary>How long ago, or how long, in one unit or two.</summary>
    public static string Ago(TimeSpan span) => span switch
    {
        { TotalSeconds: < 1 } => "now",
        { TotalMinutes: < 1 } => $"{span.Seconds} s",
        { TotalHours: < 1 } => $"{span.Minutes} min {span.Seconds} s",
        { TotalDays: < 1 } => $"{span.Hours} h {span.Minutes} min",
        _ => $"{(int)span.TotalDays} d {span.Hours} h",
    };

    /// <summary>A duration with three digits that count.</summary>
    public static string Duration(TimeSpan span) => span switch
    {
        { TotalMilliseconds: < 1 } => FormattableString.Invariant($"{span.TotalMicroseconds:0.#} µs"),
        { TotalSeconds: < 1 } => FormattableString.Invariant($"{span.TotalMilliseconds:0.##} ms"),
        { TotalMinutes: < 1 } => FormattableString.Invariant($"{span.TotalSeconds:0.##} s"),
        _ => Ago(span),
    };
}
