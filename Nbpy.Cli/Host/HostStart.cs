using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.Cli.Host;

/// <summary>Starts the app host: in the foreground, or detached until it is up.</summary>
internal sealed class HostStart(IntegrationConfig config, string? appHost, IReadOnlyList<string> hostOptions)
{
    /// <returns>0 up (or, in the foreground, stopped in order); 1 it did not come up, or runs already; 2 there is no app host.</returns>
    public async Task<int> RunAsync(bool detach, CancellationToken cancellationToken)
    {
        using var client = new ControlClient(config);
        if (await client.StatusAsync(cancellationToken).ConfigureAwait(false) is { } running)
        {
            await Console.Error.WriteLineAsync($"NBPY runs already: process {running.Pid}, since {running.Started.ToLocalTime():yyyy-MM-dd HH:mm:ss}; 'nbpy status' shows it.").ConfigureAwait(false);
            return 1;
        }

        if (AppHostProgram.Find(config, appHost, out var problem) is not { } host)
        {
            await Console.Error.WriteLineAsync(problem).ConfigureAwait(false);
            return 2;
        }

        string[] arguments = ["--config", config.Path, .. hostOptions];
        return detach
            ? await new DetachedHost(config, client).RunAsync(host, arguments, cancellationToken).ConfigureAwait(false)
            : await ForegroundHost.RunAsync(host, arguments).ConfigureAwait(false);
    }
}
