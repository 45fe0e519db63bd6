using System.Collections.Concurrent;
using System.Reflection;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>The fields of a module type that may hold a component, read once per type: a network has hundreds of modules of a few types.</summary>
internal static class ComponentFields
{
    private static readonly ConcurrentDictionary<Type, (string Name, FieldInfo Field)[]> s_byType = [];

    /// <summary>The fields in declaration order, those of the type itself before those of its bases.</summary>
    internal static (string Name, FieldInfo Field)[] Of(Type type) => s_byType.GetOrAdd(type, Read);

    private static (string Name, FieldInfo Field)[] Read(Type type)
    {
        var found = new List<(string, FieldInfo)>();
        var seen = new HashSet<string>();
        for (var level = type; level is not null && level != typeof(nn.Module); level = level.BaseType)
        {
            foreach (var field in level.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            {
                if (seen.Add(field.Name) && MayHoldComponent(field.FieldType))
                    found.Add((field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name, field));
            }
        }
        return [.. found];
    }

    // classes inherit once, so any other declared class can never hold a module or a tensor
    private static bool MayHoldComponent(Type type) =>
        typeof(nn.Module).IsAssignableFrom(type) || typeof(Tensor).IsAssignableFrom(type) || type.IsInterface || type == typeof(object);
}
