using System.Text.Json.Nodes;

namespace Nbpy.AppHost.Tests.Kubernetes;

/// <summary>The bill of materials in a published folder, held against what the build wrote beside a program.</summary>
public sealed class BillOfMaterialsTests : IDisposable
{
    private readonly Published published = new();

    [Theory]
    [InlineData("compose")]
    [InlineData("kubernetes")]
    public async Task It_names_every_package_of_a_program_with_its_hash_and_every_image(string target)
    {
        var folder = await published.PublishAsync(target);
        var bill = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "sbom.cdx.json"), TestContext.Current.CancellationToken))!;
        Assert.Equal("CycloneDX", bill["bomFormat"]!.GetValue<string>());
        var components = bill["components"]!.AsArray();
        Assert.Equal(components.Count, components.Select(c => c!["bom-ref"]!.GetValue<string>()).Distinct().Count());

        var dependencies = JsonNode.Parse(await File.ReadAllTextAsync(Published.Program("Nbpy.Publishers", "Nbpy.Publishers.deps.json"), TestContext.Current.CancellationToken))!;
        var packages = dependencies["libraries"]!.AsObject().Where(l => l.Value!["type"]!.GetValue<string>() == "package").ToList();
        Assert.Contains(packages, p => p.Key.StartsWith("NetMQ/", StringComparison.Ordinal));
        foreach (var (key, library) in packages)
        {
            var component = Assert.Single(components, c => (string?)c!["purl"] == "pkg:nuget/" + key.Replace('/', '@'))!;
            Assert.Equal(Convert.FromBase64String(library!["sha512"]!.GetValue<string>()["sha512-".Length..]), Convert.FromHexString(component["hashes"]![0]!["content"]!.GetValue<string>()));
            Assert.Contains(component["properties"]!.AsArray(), p => p!["value"]!.GetValue<string>() == "Nbpy.Publishers");
        }

        // The images bring .NET along.
        Assert.Equal(
            ["Microsoft.AspNetCore.App.Runtime.linux-x64", "Microsoft.NETCore.App.Runtime.linux-x64"],
            components.Where(c => c!["type"]!.GetValue<string>() == "framework").Select(c => c!["name"]!.GetValue<string>()).Order(StringComparer.Ordinal));
        var images = components.Where(c => c!["type"]!.GetValue<string>() == "container").Select(c => $"{c!["name"]}:{c["version"]}").ToList();
        Assert.Contains("influxdb:1.8", images);
        Assert.Contains(images, i => i.StartsWith("nbpy/publishers:", StringComparison.Ordinal));
    }

    public void Dispose() => published.Dispose();
}
