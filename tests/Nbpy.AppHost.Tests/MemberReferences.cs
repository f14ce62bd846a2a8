using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Nbpy.AppHost.Tests;

/// <summary>What an assembly uses of another: members with their whole signatures, as text.</summary>
internal static class MemberReferences
{
    /// <summary>Members of types in namespaces that begin with <paramref name="space"/>, which is left out of the text.</summary>
    public static IReadOnlyList<string> Of(string assembly, string space)
    {
        using var file = new PEReader(File.OpenRead(assembly));
        var reader = file.GetMetadataReader();
        var names = new Names(reader, space);
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var handle in reader.MemberReferences)
        {
            var member = reader.GetMemberReference(handle);
            var parent = member.Parent.Kind switch
            {
                HandleKind.TypeReference => names.GetTypeFromReference(reader, (TypeReferenceHandle)member.Parent, 0),
                HandleKind.TypeSpecification => reader.GetTypeSpecification((TypeSpecificationHandle)member.Parent).DecodeSignature(names, null),
                _ => "",
            };
            if (!parent.StartsWith('~'))
                continue;
            var name = reader.GetString(member.Name);
            if (member.GetKind() == MemberReferenceKind.Field)
            {
                found.Add(Clean($"{parent}.{name} : {member.DecodeFieldSignature(names, null)}"));
                continue;
            }

            var signature = member.DecodeMethodSignature(names, null);
            var generic = signature.GenericParameterCount == 0 ? "" : $"<{signature.GenericParameterCount}>";
            found.Add(Clean($"{parent}.{name}{generic}({string.Join(", ", signature.ParameterTypes)}) : {signature.ReturnType}"));
        }

        return [.. found];
    }

    private static string Clean(string text) => text.Replace("~", "", StringComparison.Ordinal);

    /// <summary>Types as text; those of the namespace looked for begin with a tilde.</summary>
    private sealed class Names(MetadataReader reader, string space) : ISignatureTypeProvider<string, object?>
    {
        public string GetTypeFromReference(MetadataReader metadata, TypeReferenceHandle handle, byte rawTypeKind)
        {
            var type = reader.GetTypeReference(handle);
            var name = reader.GetString(type.Name);
            if (type.ResolutionScope.Kind == HandleKind.TypeReference)
                return GetTypeFromReference(metadata, (TypeReferenceHandle)type.ResolutionScope, 0) + "." + name;
            var own = reader.GetString(type.Namespace);
            return own == space || own.StartsWith(space + ".", StringComparison.Ordinal) ? "~" + (own[space.Length..] + "." + name).TrimStart('.') : name;
        }

        public string GetTypeFromDefinition(MetadataReader metadata, TypeDefinitionHandle handle, byte rawTypeKind) => reader.GetString(reader.GetTypeDefinition(handle).Name);
        public string GetTypeFromSpecification(MetadataReader metadata, object? context, TypeSpecificationHandle handle, byte rawTypeKind) => reader.GetTypeSpecification(handle).DecodeSignature(this, context);
        public string GetGenericInstantiation(string type, ImmutableArray<string> arguments) => $"{type}<{string.Join(", ", arguments)}>";
        public string GetPrimitiveType(PrimitiveTypeCode code) => code.ToString();
        public string GetSZArrayType(string type) => type + "[]";
        public string GetArrayType(string type, ArrayShape shape) => $"{type}[{new string(',', shape.Rank - 1)}]";
        public string GetByReferenceType(string type) => type + "&";
        public string GetPointerType(string type) => type + "*";
        public string GetPinnedType(string type) => type;
        public string GetModifiedType(string modifier, string type, bool isRequired) => type;
        public string GetFunctionPointerType(MethodSignature<string> signature) => "delegate*";
        public string GetGenericTypeParameter(object? context, int index) => "T" + index;
        public string GetGenericMethodParameter(object? context, int index) => "M" + index;
    }
}
