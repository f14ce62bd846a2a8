using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Nbpy.ServiceDefaults.Configuration;
using Nbpy.Viewer;

namespace Nbpy.Grafana.Tests;

/// <summary>The real viewer on a free port, before a store of the test's choice, with a data folder of its own.</summary>
internal sealed class ViewerFixture : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ViewerFixture(WebApplication app, IntegrationConfig config)
    {
        _app = app;
        Config = config;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public IntegrationConfig Config { get; }
    public HttpClient Client { get; }
    public string Url => _app.Urls.First();

    public static Task<ViewerFixture> StartAsync(int storePort) => StartAsync(Configurations.Seven(storePort));

    public static async Task<ViewerFixture> StartAsync(IntegrationConfig config)
    {
        var app = ViewerApplication.Build(config, 0);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new ViewerFixture(app, config);
    }

    public void SignIn(string password = "s3cret") => Client.DefaultRequestHeaders.Authorization =
        new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("admin:" + password)));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        // In order: an open page may still be asking.
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (Directory.Exists(Config.System.DataDir))
            Directory.Delete(Config.System.DataDir, recursive: true);
    }
}
