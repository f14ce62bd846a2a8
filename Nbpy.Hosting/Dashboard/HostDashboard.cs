using System.Globalization;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Nbpy.Dashboard;
using Nbpy.Hosting.ApplicationModel;

namespace Nbpy.Hosting.Dashboard;

/// <summary>The dashboard of a host, by its configuration: <c>Nbpy:Dashboard:Enabled</c> (true), <c>Port</c> (18888, or a free one when that is taken
/// and none was asked for), <c>Address</c> (loopback), <c>Token</c> (a new one), <c>Title</c>.</summary>
internal sealed class HostDashboard : IAsyncDisposable
{
    private readonly DashboardServer server;
    private readonly HostResourceModel model;

    private HostDashboard(DashboardServer server, HostResourceModel model)
    {
        this.server = server;
        this.model = model;
    }

    /// <summary>Where it is.</summary>
    public DashboardAddresses Addresses => server.Addresses;

    /// <summary>Starts it before the resources and tells the projects where to send their telemetry; null when it is switched off.</summary>
    /// <exception cref="DistributedApplicationException">A setting is wrong, or the port asked for is taken.</exception>
    public static async Task<HostDashboard?> StartAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var settings = services.GetRequiredService<IConfiguration>().GetSection("Nbpy:Dashboard");
        if (!Read(settings, "Enabled", "true", bool.Parse))
            return null;
        var model = new HostResourceModel(services, settings["Title"] ?? "NBPY");
        try
        {
            var server = await StartServerAsync(model, settings, cancellationToken).ConfigureAwait(false);
            foreach (var project in services.GetRequiredService<DistributedApplicationModel>().Resources.OfType<ProjectResource>())
                Tell(project, server.Addresses);
            Note(services.GetRequiredService<IConfiguration>(), server.Addresses.LoginUrl);
            return new HostDashboard(server, model);
        }
        catch (DashboardStartException e)
        {
            await model.DisposeAsync().ConfigureAwait(false);
            throw new DistributedApplicationException(e.Message);
        }
    }

    /// <summary>Ends the pages.</summary>
    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync().ConfigureAwait(false);
        await model.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<DashboardServer> StartServerAsync(HostResourceModel model, IConfigurationSection settings, CancellationToken cancellationToken)
    {
        var options = new DashboardOptions
        {
            Port = Read(settings, "Port", "18888", text => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture)),
            Address = Read(settings, "Address", "127.0.0.1", IPAddress.Parse),
            Token = settings["Token"] is { Length: > 0 } token ? token : null,
        };
        try
        {
            return await DashboardServer.StartAsync(model, options, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (DashboardStartException) when (settings["Port"] is null && options.Token is null)
        {
            // Another host has the usual port; nobody asked for it by number, and the address is printed.
            return await DashboardServer.StartAsync(model, options with { Port = 0 }, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Puts the address where Aspire's host keeps its own, for whoever tells the operator.</summary>
    private static void Note(IConfiguration configuration, string loginUrl)
    {
        var parts = loginUrl.Split("/login?t=");
        configuration["ASPNETCORE_URLS"] = parts[0];
        configuration["AppHost:BrowserToken"] = parts.Length > 1 ? parts[1] : null;
    }

    /// <summary>Adds the variables, except those that the application sets itself.</summary>
    private static void Tell(ProjectResource project, DashboardAddresses addresses) =>
        project.Annotations.Add(new EnvironmentCallbackAnnotation(context =>
        {
            foreach (var (name, value) in addresses.EnvironmentFor(project.Name))
                context.EnvironmentVariables.TryAdd(name, value);
            return Task.CompletedTask;
        }));

    private static T Read<T>(IConfigurationSection settings, string key, string fallback, Func<string, T> parse)
    {
        var text = settings[key] is { Length: > 0 } given ? given : fallback;
        try
        {
            return parse(text);
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new DistributedApplicationException($"Nbpy:Dashboard:{key} is '{text}': {e.Message}");
        }
    }
}
