using System.Reflection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace Nbpy.Hosting.Internal;

/// <summary>The environment that the app host itself runs in.</summary>
internal sealed class HostEnvironment(string name, string folder) : IHostEnvironment
{
    public string EnvironmentName { get; set; } = name;

    public string ApplicationName { get; set; } = Assembly.GetEntryAssembly()?.GetName().Name ?? "AppHost";

    public string ContentRootPath { get; set; } = folder;

    public IFileProvider ContentRootFileProvider { get; set; } = Directory.Exists(folder) ? new PhysicalFileProvider(folder) : new NullFileProvider();
}
