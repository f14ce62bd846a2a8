using Nbpy.AppHost.Control;
using Nbpy.Hosting;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.ServiceDefaults.Control;

namespace Nbpy.AppHost.Tests;

public sealed class ControlServerTests
{
    [Fact]
    public async Task Of_hosts_that_start_at_the_same_moment_one_runs_and_keeps_its_socket()
    {
        var folder = Directory.CreateTempSubdirectory("nbpy-control-").FullName;
        var config = new IntegrationConfig { Path = Path.Combine(folder, "integration_config.json"), System = new SystemConfig { SocketDir = folder } };
        await using var app = DistributedApplication.CreateBuilder(["--Nbpy:Dashboard:Enabled=false", $"--Nbpy:LogDirectory={folder}"]).Build();
        var starts = Enumerable.Range(0, 5).Select(_ => Task.Run(() => ControlServer.StartAsync(app, config, null!, () => { }), TestContext.Current.CancellationToken)).ToList();
        await Task.WhenAll(starts.Select(s => s.ContinueWith(_ => { }, TaskScheduler.Default)));
        var running = Assert.Single(starts, s => s.IsCompletedSuccessfully);
        Assert.All(starts.Where(s => s != running), s => Assert.IsType<DistributedApplicationException>(s.Exception!.InnerException));
        Assert.True(File.Exists(ControlAddress.Of(config)));
        await (await running).DisposeAsync();

        // The next one may.
        await (await ControlServer.StartAsync(app, config, null!, () => { })).DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
