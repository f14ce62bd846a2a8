using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.Cli.Host;

/// <summary><c>nbpy status</c>.</summary>
internal static class StatusCommand
{
    internal static readonly JsonSerializerOptions Pretty = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>0: everything is healthy or has completed; 1: something is not, or no host runs.</returns>
    public static async Task<int> RunAsync(IntegrationConfig config, bool watch, bool json, CancellationToken cancellationToken)
    {
        using var client = new ControlClient(config);
        try
        {
            while (true)
            {
                var status = await client.StatusAsync(cancellationToken).ConfigureAwait(false);
                if (status is null)
                {
                    if (json)
                        Console.WriteLine("null");
                    await Console.Error.WriteLineAsync(client.NoHost(config)).ConfigureAwait(false);
                    return 1;
                }

                if (json)
                    Console.WriteLine(JsonSerializer.Serialize(status, Pretty));
                else
                    Console.Write((watch && !Console.IsOutputRedirected ? "\x1b[H\x1b[2J" : "") + Table(status, Colours()));
                if (!watch)
                    return status.Services.All(IsWell) ? 0 : 1;
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl+C ends the watch.
            return 0;
        }
    }

    internal static bool Colours() => !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    internal static bool IsWell(ServiceStatus service) =>
        service.Healthy == true || (service.State is "Finished" or "Exited" && service.ExitCode == 0) || service.State == "NotStarted";

    private static string Table(HostStatus status, bool colours)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"NBPY, host process {status.Pid}, since {status.Started.ToLocalTime():yyyy-MM-dd HH:mm:ss}, {status.Config}");
        if (status.Dashboard is { } dashboard)
            text.AppendLine(CultureInfo.InvariantCulture, $"Dashboard: {dashboard}");
        text.AppendLine(CultureInfo.InvariantCulture, $"{"SERVICE",-28} {"STATE",-14} {"RESTARTS",8} {"UPTIME",10} {"PID",8} {"PORTS",-12} {"CPU %",6} {"MB",6} {"MSG/S",8} {"LAG",6}");
        foreach (var s in status.Services)
        {
            var state = s.Healthy == true ? "healthy" : s.Healthy == false ? "unhealthy" : s.State;
            var colour = !colours ? "" : IsWell(s) ? "\x1b[32m" : s.State is "Waiting" or "Starting" or "Running" ? "\x1b[33m" : "\x1b[31m";
            var up = s.UptimeSeconds is { } seconds ? TimeSpan.FromSeconds(seconds).ToString(seconds < 86_400 ? @"hh\:mm\:ss" : @"d\d\ hh\:mm", CultureInfo.InvariantCulture) : "-";
            var ports = string.Join(',', s.Ports.Where(p => p.Key != "health").Select(p => p.Value));
            text.AppendLine(CultureInfo.InvariantCulture,
                $"{s.Name,-28} {colour}{state,-14}{(colours ? "\x1b[0m" : "")} {s.Restarts,8} {up,10} {Or(s.Pid),8} {ports,-12} {Or(s.CpuPercent),6} {Or(s.MemoryBytes / 1024.0 / 1024),6} {Or(s.MessagesPerSecond),8} {Or(s.Lag),6}");
            if (!IsWell(s) && s.Reason is { } reason)
                text.AppendLine(CultureInfo.InvariantCulture, $"{"",-28} └ {reason}");
        }

        return text.ToString();
    }

    internal static string Or(double? value) => value is { } v ? v.ToString(v < 100 ? "0.0" : "0", CultureInfo.InvariantCulture) : "-";

    internal static string Or(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";

    internal static string Or(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
