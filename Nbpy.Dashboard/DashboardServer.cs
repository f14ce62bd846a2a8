using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.FluentUI.AspNetCore.Components;
using Nbpy.Dashboard.Components;
using Nbpy.Dashboard.Model;
using Nbpy.Dashboard.Otlp;
using Nbpy.Dashboard.Security;
using Nbpy.Dashboard.Server;
using Nbpy.Dashboard.Telemetry;

namespace Nbpy.Dashboard;

/// <summary>The host's pages and its telemetry receiver, inside the host's own process.</summary>
public sealed class DashboardServer : IAsyncDisposable
{
    private const int MaxCircuits = 20;
    private readonly WebApplication app;

    private DashboardServer(WebApplication app, DashboardAddresses addresses, TelemetryStore telemetry)
    {
        this.app = app;
        Addresses = addresses;
        Telemetry = telemetry;
    }

    /// <summary>Where it listens.</summary>
    public DashboardAddresses Addresses { get; }

    /// <summary>What has been received.</summary>
    public TelemetryStore Telemetry { get; }

    /// <summary>Starts serving.</summary>
    /// <param name="model">The resources.</param>
    /// <param name="options">Ports, tokens, bounds.</param>
    /// <param name="loggers">Where to report; warnings go to standard error when null.</param>
    /// <param name="time">The clock; the system's when null.</param>
    /// <param name="cancellationToken">Gives up starting.</param>
    /// <exception cref="DashboardStartException">A port is taken, or the token is too short.</exception>
    public static async Task<DashboardServer> StartAsync(
        IResourceModel model, DashboardOptions options, ILoggerFactory? loggers = null, TimeProvider? time = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        var keys = new Keys(options);
        var assets = new EmbeddedAssets();
        var store = new TelemetryStore(options.Limits, time ?? TimeProvider.System);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(DashboardServer).Assembly.GetName().Name });
        builder.Environment.WebRootFileProvider = assets;
        AddLogging(builder, loggers);
        builder.Services.AddSingleton(model).AddSingleton(options).AddSingleton(keys).AddSingleton(assets).AddSingleton(store)
            .AddSingleton(time ?? TimeProvider.System).AddScoped<ViewSettings>().AddScoped<Notices>().AddHttpContextAccessor();
        builder.Services.AddRouting();
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents(o =>
        {
            o.DisconnectedCircuitMaxRetained = MaxCircuits;
            o.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(2);
        });
        builder.Services.AddFluentUIComponents();
        builder.Services.AddGrpc(o => o.MaxReceiveMessageSize = OtlpHttp.MaxBodyBytes);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listen(kestrel, options));
        var app = builder.Build();
        var gate = new Gate(keys, options, assets);
        app.Use((HttpContext context, RequestDelegate next) => gate.InvokeAsync(context, next));
        app.UseRouting();
        app.UseAntiforgery();
        app.MapGrpcService<OtlpGrpcLogs>();
        app.MapGrpcService<OtlpGrpcTraces>();
        app.MapGrpcService<OtlpGrpcMetrics>();
        OtlpHttp.Map(app, store);
        Downloads.Map(app, model, store, time ?? TimeProvider.System);
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // A taken port is an IOException; an address that is not this machine's, or a port that needs rights, comes as the socket's own.
            await app.DisposeAsync().ConfigureAwait(false);
            throw new DashboardStartException(
                $"The dashboard cannot listen at {options.Address} on the ports {options.Port} (pages), {options.OtlpGrpcPort} and {options.OtlpHttpPort} (telemetry): {e.Message} Choose others, or 0 for free ones.", e);
        }

        return new DashboardServer(app, AddressesOf(app, options, keys), store);
    }

    /// <summary>Ends every connection and stops listening.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await app.StopAsync(limit.Token).ConfigureAwait(false);
        await app.DisposeAsync().ConfigureAwait(false);
    }

    private static void AddLogging(WebApplicationBuilder builder, ILoggerFactory? loggers)
    {
        builder.Services.AddLogging(logging =>
        {
            logging.SetMinimumLevel(LogLevel.Warning);
            logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None); // What it says, StartAsync throws.
            if (loggers is null)
                logging.AddConsole(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        });
        if (loggers is not null)
            builder.Services.AddSingleton(loggers);
    }

    private static void Listen(KestrelServerOptions kestrel, DashboardOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = 1_000;
        kestrel.Limits.MaxRequestBodySize = OtlpHttp.MaxBodyBytes;
        Listen(options.Address, options.Port, HttpProtocols.Http1, Server.Listener.Pages);
        Listen(IPAddress.Loopback, options.OtlpGrpcPort, HttpProtocols.Http2, Server.Listener.OtlpGrpc);
        Listen(IPAddress.Loopback, options.OtlpHttpPort, HttpProtocols.Http1, Server.Listener.OtlpHttp);

        void Listen(IPAddress address, int port, HttpProtocols protocols, Listener listener)
        {
            void Configure(ListenOptions listen)
            {
                listen.Protocols = protocols;
                listen.Mark(listener);
            }

            // A port of the system's choice can be had on one address only.
            if (port != 0 && IPAddress.IsLoopback(address))
                kestrel.ListenLocalhost(port, Configure);
            else
                kestrel.Listen(address, port, Configure);
        }
    }

    private static DashboardAddresses AddressesOf(WebApplication app, DashboardOptions options, Keys keys)
    {
        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Select(a => new Uri(a.Replace("[::]", "localhost", StringComparison.Ordinal)).Port).ToList();
        var host = IPAddress.IsLoopback(options.Address) || options.Address.Equals(IPAddress.Any) || options.Address.Equals(IPAddress.IPv6Any)
            ? "localhost" : options.Address.ToString();
        var url = string.Create(CultureInfo.InvariantCulture, $"http://{host}:{bound[0]}");
        return new DashboardAddresses(
            url, options.AllowAnonymous ? url : $"{url}/login?t={keys.Token}",
            string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{bound[1]}"), string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{bound[2]}"), keys.ApiKey);
    }
}
