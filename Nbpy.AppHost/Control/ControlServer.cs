using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.AppHost.Control;

/// <summary>The host's control: HTTP with JSON on a Unix domain socket that only its owner can open. <c>GET /status</c>,
/// <c>POST /resources/NAME/COMMAND</c>, <c>POST /stop</c>.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private readonly WebApplication web;
    private readonly string path;
    private readonly FileStream claim;

    private ControlServer(WebApplication web, string path, FileStream claim)
    {
        this.web = web;
        this.path = path;
        this.claim = claim;
    }

    /// <summary>Listens; a stale socket of a killed host is removed. Of two hosts that start at the same moment one gets the lock beside the
    /// socket (the system takes it back when its holder dies); the other one is refused.</summary>
    /// <exception cref="DistributedApplicationException">The socket cannot be made, or a host answers on it.</exception>
    public static async Task<ControlServer> StartAsync(DistributedApplication app, IntegrationConfig config, StatusReader status, Action stop)
    {
        var path = ControlAddress.Of(config);
        MakeDirectory(Path.GetDirectoryName(path)!);
        var claim = await ClaimAsync(path, config);
        try
        {
            await RefuseSecondAsync(config);
            return new ControlServer(await ListenAsync(path, app, status, stop), path, claim);
        }
        catch
        {
            await claim.DisposeAsync();
            throw;
        }
    }

    private static async Task<WebApplication> ListenAsync(string path, DistributedApplication app, StatusReader status, Action stop)
    {
        File.Delete(path);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.ListenUnixSocket(path);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 64;
            kestrel.Limits.MaxRequestBodySize = 64 * 1024;
        });
        var web = builder.Build();
        var commands = app.Services.GetRequiredService<ResourceCommandService>();
        web.MapGet("/status", () => Results.Json(status.Read()));
        web.MapPost("/resources/{name}/{command}", async (string name, string command, CancellationToken cancelled) =>
        {
            var result = await commands.ExecuteCommandAsync(name.Replace('_', '-'), command, cancelled);
            return Results.Json(new CommandAnswer(result.Success, result.ErrorMessage));
        });
        web.MapPost("/stop", () =>
        {
            stop();
            return Results.Json(new CommandAnswer(true, null));
        });
        try
        {
            await web.StartAsync();
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException)
        {
            await web.DisposeAsync();
            throw new DistributedApplicationException($"The control socket {path} cannot be made: {e.Message}. Mend the folder, or set system.socket_dir.");
        }

        return web;
    }

    /// <summary>The lock; held until the host ends.</summary>
    private static async Task<FileStream> ClaimAsync(string path, IntegrationConfig config)
    {
        var file = path + ".lock";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            return new FileStream(file, options);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DistributedApplicationException($"The lock {file} of the control socket cannot be made: {e.Message}. Mend the folder, or set system.socket_dir.");
        }
        catch (IOException e)
        {
            await RefuseSecondAsync(config);
            throw new DistributedApplicationException($"Another host for {config.Path} is starting or stopping now: it holds {file} ({e.Message}). Try again when it is done; 'nbpy status' shows it.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await web.DisposeAsync();
        File.Delete(path);
        await claim.DisposeAsync();
    }

    private static async Task RefuseSecondAsync(IntegrationConfig config)
    {
        using var client = new ControlClient(config);
        if (await client.StatusAsync(CancellationToken.None) is { } other)
            throw new DistributedApplicationException(
                $"NBPY runs already for {other.Config}: process {other.Pid}, since {other.Started.ToLocalTime():yyyy-MM-dd HH:mm:ss}. 'nbpy status' shows it, 'nbpy stop' ends it.");
    }

    private static void MakeDirectory(string directory)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(directory);
            else if (!Directory.Exists(directory))
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DistributedApplicationException($"The folder {directory} for the control socket cannot be made: {e.Message}. Set system.socket_dir.");
        }
    }
}
