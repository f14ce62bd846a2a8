using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;

namespace Nbpy.AppHost.Publishing;

/// <summary>What the published system is made of, as CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json/): the packages of every program, from
/// what the build wrote beside them, and the images of others.</summary>
internal static class BillOfMaterials
{
    /// <summary>The file's name in a published folder.</summary>
    public const string FileName = "sbom.cdx.json";

    private static readonly string[] Programs = ["Nbpy.Cli", "Nbpy.EmbeddedInflux", "Nbpy.Publishers", "Nbpy.Subscribers", "Nbpy.Validation", "Nbpy.Viewer"];
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Writes it.</summary>
    /// <param name="folder">The published folder.</param>
    /// <param name="images">The images that the published file names.</param>
    public static void Write(string folder, IEnumerable<string> images)
    {
        var packages = new SortedDictionary<string, JsonObject>(StringComparer.OrdinalIgnoreCase);
        foreach (var program in Programs)
            AddPackages(program, packages);
        var components = new JsonArray([.. packages.Values, .. Runtimes()]);
        foreach (var image in images.Where(i => i.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (name, tag) = PartChoice.SplitImage(image);
            components.Add(new JsonObject { ["type"] = "container", ["bom-ref"] = image, ["name"] = name, ["version"] = tag });
        }

        var bill = new JsonObject
        {
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.5",
            ["version"] = 1,
            ["metadata"] = new JsonObject
            {
                ["component"] = new JsonObject { ["type"] = "application", ["bom-ref"] = "nbpy", ["name"] = "nbpy", ["version"] = ProductVersion.Text },
            },
            ["components"] = components,
        };
        File.WriteAllText(Path.Combine(folder, FileName), bill.ToJsonString(Indented) + "\n");
    }

    /// <summary>The images carry .NET itself, as the runtime packs that an SDK of this version publishes with (microsoft.com, "Self-contained").</summary>
    private static IEnumerable<JsonObject> Runtimes()
    {
        var aspNet = typeof(WebApplication).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
        foreach (var (name, version) in ((string, string)[])[("Microsoft.NETCore.App.Runtime.linux-x64", Environment.Version.ToString(3)), ("Microsoft.AspNetCore.App.Runtime.linux-x64", aspNet)])
            yield return new JsonObject
            {
                ["type"] = "framework",
                ["bom-ref"] = $"pkg:nuget/{name}@{version}",
                ["name"] = name,
                ["version"] = version,
                ["purl"] = $"pkg:nuget/{name}@{version}",
                ["licenses"] = new JsonArray(new JsonObject { ["expression"] = "MIT" }),
            };
    }

    /// <summary>The packages that a program's <c>.deps.json</c> names, each with the hash of the package and the programs that use it.</summary>
    private static void AddPackages(string program, SortedDictionary<string, JsonObject> packages)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var built = Path.Combine(here.Parent!.Parent!.Parent!.Parent!.FullName, program, "bin", here.Parent!.Name, here.Name);
        var path = Directory.Exists(built) ? Directory.EnumerateFiles(built, "*.deps.json").FirstOrDefault() : null;
        if (path is null)
        {
            Console.WriteLine($"  {FileName} lacks the packages of {program}: it is not built ({built}).");
            return;
        }

        var libraries = JsonNode.Parse(File.ReadAllText(path))!["libraries"]!.AsObject();
        foreach (var (key, library) in libraries.Where(l => (string?)l.Value!["type"] == "package"))
        {
            if (!packages.TryGetValue(key, out var component))
                packages[key] = component = Component(key, library!);
            component["properties"]!.AsArray().Add(new JsonObject { ["name"] = "nbpy:program", ["value"] = program });
        }
    }

    private static JsonObject Component(string key, JsonNode library)
    {
        var (name, version) = (key[..key.IndexOf('/', StringComparison.Ordinal)], key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        var component = new JsonObject
        {
            ["type"] = "library",
            ["bom-ref"] = $"pkg:nuget/{name}@{version}",
            ["name"] = name,
            ["version"] = version,
            ["purl"] = $"pkg:nuget/{name}@{version}",
        };
        if ((string?)library["sha512"] is { Length: > 7 } hash && hash.StartsWith("sha512-", StringComparison.Ordinal))
            component["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = Convert.ToHexStringLower(Convert.FromBase64String(hash[7..])) });
        if ((string?)library["path"] is { } path && LicenceOf(path, name) is { } licence)
            component["licenses"] = new JsonArray(new JsonObject { ["expression"] = licence });
        component["properties"] = new JsonArray();
        return component;
    }

    /// <summary>The licence's SPDX expression, where the package is at hand and says one; null where it only brings a file or names an address.</summary>
    private static string? LicenceOf(string path, string name)
    {
        var folder = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } chosen
            ? chosen : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var specification = Path.Combine(folder, path, name.ToLowerInvariant() + ".nuspec");
        return !File.Exists(specification) ? null
            : XDocument.Load(specification).Descendants().FirstOrDefault(e => e.Name.LocalName == "license" && (string?)e.Attribute("type") == "expression")?.Value;
    }
}
