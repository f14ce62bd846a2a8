using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nbpy.Cli.Host;
using Nbpy.ServiceDefaults.Configuration;

namespace Nbpy.Cli.Backup;

/// <summary>The container that InfluxDB runs in: its <c>influxd</c> makes the copy, and the engine carries it out and in.</summary>
/// <param name="Runtime"><c>docker</c> or <c>podman</c>.</param>
/// <param name="Name">The container's name or id.</param>
/// <param name="Address">Where its HTTP port is reached from here.</param>
internal sealed record StoreContainer(string Runtime, string Name, IPEndPoint Address)
{
    private const string HttpPort = "8086/tcp";

    /// <summary>Inside the data's volume, which may be written to also where the container's root may not.</summary>
    private const string DataFolder = "/var/lib/influxdb";

    /// <summary><c>--container</c>.</summary>
    public static Option<string?> Option() => new("--container")
    {
        Description = "The container that InfluxDB runs in (name or id; Compose's: docker compose ps). Default: docker.services.influxdb.container_name where that runs with the configured port.",
    };

    /// <summary>The container that was named, or the one that the app host runs.</summary>
    /// <returns>Null: none was named, and none of the configuration runs.</returns>
    /// <exception cref="IOException">The one that was named cannot be used; the message says why.</exception>
    public static async Task<StoreContainer?> FindAsync(IntegrationConfig config, string? named, CancellationToken cancellationToken)
    {
        var reason = "no container runtime answers";
        foreach (var runtime in ContainerRuntimes.Tried)
        {
            try
            {
                var container = await InspectAsync(runtime, named ?? config.Docker.InfluxDb.ContainerName, cancellationToken).ConfigureAwait(false);
                if (named is not null || (container.Address.Port == config.InfluxDb.Port && await IsHereAsync(config.InfluxDb.Host, cancellationToken).ConfigureAwait(false)))
                    return container;
            }
            catch (IOException e)
            {
                reason = e.Message;
            }
            catch (Win32Exception)
            {
                // Not installed: the next one.
            }
        }

        return named is null ? null : throw new IOException($"The container '{named}' cannot be used: {reason}");
    }

    /// <summary>The configuration with this container's address in the store's place.</summary>
    public IntegrationConfig Reached(IntegrationConfig config) => config with { InfluxDb = config.InfluxDb with { Host = Address.Address.ToString(), Port = Address.Port } };

    /// <summary>Runs the container's <c>influxd backup</c>, and brings what it made into a folder.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public Task BackupAsync(string[] args, string folder, CancellationToken cancellationToken) => WithCopyAsync(
        async copy =>
        {
            await RunAsync(["exec", Name, "influxd", .. args, copy], cancellationToken).ConfigureAwait(false);
            await RunAsync(["cp", $"{Name}:{copy}/.", folder], cancellationToken).ConfigureAwait(false);
        });

    /// <summary>Brings a folder into the container, and runs its <c>influxd restore</c> on it.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public Task RestoreAsync(string[] args, string folder, CancellationToken cancellationToken) => WithCopyAsync(
        async copy =>
        {
            await RunAsync(["cp", folder + "/.", $"{Name}:{copy}"], cancellationToken).ConfigureAwait(false);
            await RunAsync(["exec", Name, "influxd", .. args, copy], cancellationToken).ConfigureAwait(false);
        });

    private async Task WithCopyAsync(Func<string, Task> use)
    {
        var copy = $"{DataFolder}/nbpy-copy-{Guid.NewGuid():N}";
        try
        {
            await use(copy).ConfigureAwait(false);
        }
        finally
        {
            try
            {
                await RunAsync(["exec", Name, "rm", "-rf", copy], CancellationToken.None).ConfigureAwait(false);
            }
            catch (IOException e)
            {
                // What went wrong before is what counts.
                await Console.Error.WriteLineAsync($"The copy {copy} stays in the container {Name}: {e.Message}").ConfigureAwait(false);
            }
        }
    }

    private Task RunAsync(string[] args, CancellationToken cancellationToken) => Influxd.StartAsync(Runtime, args, cancellationToken);

    private static async Task<StoreContainer> InspectAsync(string runtime, string name, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(runtime, ["container", "inspect", name]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        var said = (await error.ConfigureAwait(false)).Trim();
        if (process.ExitCode != 0)
            throw new IOException(said);
        try
        {
            var container = JsonNode.Parse(await output.ConfigureAwait(false))!.AsArray().Single()!;
            if (container["State"]?["Running"]?.GetValue<bool>() != true)
                throw new IOException("it does not run; start it");
            return AddressOf(container["NetworkSettings"]!) is { } address ? new StoreContainer(runtime, name, address) : throw new IOException($"its port {HttpPort} cannot be reached from here");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new IOException($"{runtime} says of it what is not understood: {e.Message}");
        }
    }

    /// <summary>Its port on this machine where one is published, else its own address on the engine's network.</summary>
    private static IPEndPoint? AddressOf(JsonNode network)
    {
        if (network["Ports"]?[HttpPort] is JsonArray { Count: > 0 } published && published[0]!["HostPort"]?.GetValue<string>() is { Length: > 0 } port)
        {
            var host = IPAddress.TryParse(published[0]!["HostIp"]?.GetValue<string>(), out var given) && !given.Equals(IPAddress.Any) && !given.Equals(IPAddress.IPv6Any) ? given : IPAddress.Loopback;
            return new IPEndPoint(host, int.Parse(port, CultureInfo.InvariantCulture));
        }

        foreach (var (_, one) in network["Networks"]?.AsObject() ?? [])
            if (IPAddress.TryParse(one?["IPAddress"]?.GetValue<string>(), out var address))
                return new IPEndPoint(address, int.Parse(HttpPort.Split('/')[0], CultureInfo.InvariantCulture));
        return null;
    }

    private static async Task<bool> IsHereAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return (await Dns.GetHostAddressesAsync(host, cancellationToken).ConfigureAwait(false)).All(IPAddress.IsLoopback);
        }
        catch (SocketException)
        {
            // A name without an address is not this machine.
            return false;
        }
    }
}
