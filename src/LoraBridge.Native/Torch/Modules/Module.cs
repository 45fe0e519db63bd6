using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A piece of a network. It owns parameters, buffers and submodules, each under a name, and disposes them.</summary>
        public class Module : IDisposable
        {
            private readonly OrderedDictionary<string, Parameter> _parameters = [];
            private readonly OrderedDictionary<string, (Tensor Tensor, bool Persistent)> _buffers = [];
            private readonly OrderedDictionary<string, Module> _submodules = [];
            private bool _componentsRegistered;
            private bool _disposed;
            private bool _training = true;

            protected string? name;

            protected Module(string name) => this.name = name;

            /// <summary>Whether layers that behave differently in training (dropout) do so.</summary>
            public virtual bool training => _training;

            public virtual string GetName() => string.IsNullOrEmpty(name) ? GetType().Name : name;

            /// <summary>The parameters with their names: this module's own, then those of its submodules; a shared one once.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<nint>();
                foreach (var (own, parameter) in _parameters)
                    if (!parameter.IsInvalid && seen.Add(parameter.Handle)) yield return (own, parameter);
                if (!recurse) yield break;
                foreach (var (child, module) in _submodules)
                    foreach (var (inner, parameter) in module.named_parameters())
                        if (seen.Add(parameter.Handle)) yield return ($"{child}.{inner}", parameter);
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(entry => entry.parameter);

            /// <summary>The persistent buffers with their names, in the order of <see cref="named_parameters"/>.</summary>
            // TorchSharp never lists a buffer that is not persistent, whatever include_nonpersistent says; code must not find more here.
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<nint>();
                foreach (var (own, (buffer, persistent)) in _buffers)
                    if (persistent && !buffer.IsInvalid && seen.Add(buffer.Handle)) yield return (own, buffer);
                if (!recurse) yield break;
                foreach (var (child, module) in _submodules)
                    foreach (var (inner, buffer) in module.named_buffers(true, include_nonpersistent))
                        if (seen.Add(buffer.Handle)) yield return ($"{child}.{inner}", buffer);
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(entry => entry.buffer);

            public virtual IEnumerable<(string name, Module module)> named_children() => _submodules.Select(entry => (entry.Key, entry.Value));

            public virtual IEnumerable<Module> children() => named_children().Select(entry => entry.module);

            /// <summary>All modules below this one with their dotted names: the children first, then what is below each. This module itself is not listed.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var child in named_children()) yield return child;
                foreach (var (child, module) in named_children())
                    foreach (var (inner, below) in module.named_modules()) yield return ($"{child}.{inner}", below);
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(entry => entry.module);

            public virtual bool has_parameter(string target) => Find(target, (module, own) => module._parameters.ContainsKey(own) ? module : null) is not null;

            public virtual bool has_buffer(string target) => Find(target, (module, own) => module._buffers.ContainsKey(own) ? module : null) is not null;

            /// <summary>The parameter of a dotted name, or null.</summary>
            public virtual Parameter? get_parameter(string target) => Find(target, (module, own) => module._parameters.GetValueOrDefault(own));

            /// <summary>The buffer of a dotted name, or null.</summary>
            public virtual Tensor? get_buffer(string target) => Find(target, (module, own) => module._buffers.GetValueOrDefault(own).Tensor);

            private T? Find<T>(string target, Func<Module, string, T?> lookup) where T : class
            {
                if (lookup(this, target) is { } found) return found;
                var dot = target.IndexOf('.', StringComparison.Ordinal);
                if (dot < 0) return null;
                foreach (var (child, module) in named_children())
                    if (child == target[..dot] && module.Find(target[(dot + 1)..], lookup) is { } below) return below;
                return null;
            }

            /// <summary>Adds a tensor that is part of the state but not trained. It leaves its dispose scope; the module disposes it.</summary>
            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                if (tensor is null || tensor.IsInvalid) throw new ArgumentNullException(nameof(tensor), "A null tensor cannot be registered as a buffer.");
                if (!_buffers.TryAdd(name, (tensor, persistent))) throw new InvalidOperationException($"Tensor {name} is already registered.");
                tensor.DetachFromDisposeScope();
            }

            /// <summary>Adds a parameter. It leaves its dispose scope; the module disposes it.</summary>
            public virtual void register_parameter(string name, Parameter param)
            {
                if (param is null || param.IsInvalid) throw new ArgumentNullException(nameof(param), "A null tensor cannot be registered as a parameter.");
                if (!_parameters.TryAdd(name, param)) throw new InvalidOperationException($"Parameter {name} is already registered.");
                param.DetachFromDisposeScope();
            }

            /// <summary>Adds a submodule, after having it register its own components; null takes the name out.</summary>
            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null || submodule._disposed)
                {
                    _submodules.Remove(name);
                    return;
                }
                ArgumentException.ThrowIfNullOrEmpty(name);
                if (name.Contains('.', StringComparison.Ordinal)) throw new ArgumentException($"A module's name cannot contain a dot, but '{name}' does.", nameof(name));
                if (_submodules.ContainsKey(name)) throw new InvalidOperationException($"Sub-module {name} is already registered.");
                submodule.RegisterComponents();
                _submodules.Add(name, submodule);
            }

            public void add_module(string name, Module module) => register_module(name, module);

            /// <summary>Registers what the fields hold: modules, parameters, and tensors as persistent buffers. Called at the end of a constructor.</summary>
            protected virtual void RegisterComponents()
            {
                if (_componentsRegistered) return;
                foreach (var (component, field) in ComponentFields.Of(GetType()))
                {
                    if (_submodules.ContainsKey(component) || _parameters.ContainsKey(component) || _buffers.ContainsKey(component)) continue;
                    switch (field.GetValue(this))
                    {
                        case Module module: register_module(component, module); break;
                        case Parameter parameter: register_parameter(component, parameter); break;
                        case Tensor tensor: register_buffer(component, tensor); break;
                    }
                }
                _componentsRegistered = true;
            }

            /// <summary>Puts a parameter in the place of another: the old one is disposed, the new one leaves its scope.</summary>
            private protected void Replace(ref Parameter? held, Parameter? parameter, string component)
            {
                if (ReferenceEquals(held, parameter)) return;
                held?.Dispose();
                held = parameter;
                if (parameter is null)
                {
                    _parameters.Remove(component);
                    return;
                }
                parameter.DetachFromDisposeScope();
                _parameters[component] = parameter;
            }

            public virtual void train(bool train = true)
            {
                _training = train;
                foreach (var child in children()) child.train(train);
            }

            public virtual void eval() => train(false);

            /// <summary>Drops every gradient, or fills it with zeros.</summary>
            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    using var gradient = parameter.grad;
                    if (gradient is null) continue;
                    if (set_to_none) parameter.grad = null;
                    else gradient.zero_();
                }
            }

            /// <summary>Calls <paramref name="fn"/> with every module below this one, then with this one.</summary>
            public virtual Module apply(Action<Module> fn)
            {
                foreach (var child in children()) child.apply(fn);
                fn(this);
                return this;
            }

            /// <summary>The live parameters and persistent buffers by name; nothing is copied.</summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                var head = string.IsNullOrEmpty(prefix) ? "" : prefix + ".";
                foreach (var (inner, parameter) in named_parameters()) destination.TryAdd(head + inner, parameter);
                foreach (var (inner, buffer) in named_buffers(include_nonpersistent: false)) destination.TryAdd(head + inner, buffer);
                // once more by child: a shared tensor has an entry under each of its names
                foreach (var (child, module) in named_children()) module.state_dict(destination, head + child);
                return destination;
            }

            /// <summary>Copies values into the parameters and buffers of the same names, converting to their element types.</summary>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var state = state_dict();
                var skipped = new HashSet<string>(skip ?? []);
                var missing = state.Keys.Where(key => !skipped.Contains(key) && !source.ContainsKey(key)).ToList();
                var unexpected = source.Keys.Where(key => !skipped.Contains(key) && !state.ContainsKey(key)).ToList();
                if (strict && missing.Count + unexpected.Count > 0)
                    throw new InvalidOperationException($"The state does not fit {GetName()}: it lacks [{Some(missing)}] and has in excess [{Some(unexpected)}]. Pass strict: false to load what fits.");
                using var noGrad = no_grad();
                foreach (var (key, tensor) in source)
                    if (!skipped.Contains(key) && state.TryGetValue(key, out var target)) target.copy_(tensor);
                return (missing, unexpected);
            }

            private static string Some(List<string> keys) => string.Join(", ", keys.Take(5)) + (keys.Count > 5 ? $", … ({keys.Count})" : "");

            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking) => Convert(dtype, device, non_blocking);

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => Convert(null, new Device(deviceType, deviceIndex), non_blocking);

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking) => Convert(dtype, null, non_blocking);

            public Module _to(Tensor other, bool non_blocking) => _to(other.device, other.dtype, non_blocking);

            private Module Convert(ScalarType? dtype, Device? device, bool nonBlocking)
            {
                if (dtype is not (null or ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64))
                    throw new ArgumentException($"A module converts to floating point or complex types only, not to {dtype}.", nameof(dtype));
                foreach (var child in children().ToList())
                {
                    if (device is null) child._to(dtype!.Value, nonBlocking);
                    else if (dtype is null) child._to(device.type, device.index, nonBlocking);
                    else child._to(device, dtype.Value, nonBlocking);
                }
                foreach (var (own, parameter) in _parameters.ToList()) MoveParameter(own, parameter, dtype, device, nonBlocking);
                foreach (var (own, (buffer, persistent)) in _buffers.Where(entry => entry.Value.Persistent).ToList())
                {
                    if (buffer.IsInvalid || !Moves(buffer, dtype, device, out var type, out var place)) continue;
                    var moved = buffer.to(type, place, non_blocking: nonBlocking).DetachFromDisposeScope();
                    _buffers[own] = (moved, persistent);
                    OnReplaced(own, moved);
                    buffer.Dispose();
                }
                return this;
            }

            // The Parameter object itself is replaced, as TorchSharp does: whoever kept the old one holds an invalid tensor, and notices.
            private void MoveParameter(string own, Parameter parameter, ScalarType? dtype, Device? device, bool nonBlocking)
            {
                if (parameter.IsInvalid || !Moves(parameter, dtype, device, out var type, out var place)) return;
                using var noGrad = no_grad();
                var moved = new Parameter(parameter.to(type, place, non_blocking: nonBlocking), parameter.requires_grad);
                moved.DetachFromDisposeScope();
                using (var gradient = parameter.grad)
                {
                    if (gradient is not null)
                    {
                        using var movedGradient = gradient.to(type, place, non_blocking: nonBlocking);
                        moved.grad = movedGradient;
                    }
                }
                _parameters[own] = moved;
                OnReplaced(own, moved);
                parameter.Dispose();
            }

            private static bool Moves(Tensor tensor, ScalarType? dtype, Device? device, out ScalarType type, out Device place)
            {
                var current = tensor.device;
                type = dtype is { } wanted && (tensor.is_floating_point() || tensor.is_complex()) ? wanted : tensor.dtype;
                place = device ?? current;
                return type != tensor.dtype || place.type != current.type || (place.index != current.index && place.index >= 0 && current.index >= 0);
            }

            /// <summary>Told of a parameter or buffer that a conversion put in the place of another; sets the field that holds it.</summary>
            private protected virtual void OnReplaced(string component, Tensor value)
            {
                foreach (var (own, field) in ComponentFields.Of(GetType()))
                {
                    if (own == component)
                    {
                        field.SetValue(this, value);
                        return;
                    }
                }
            }

            /// <summary>Disposes the parameters and buffers of this module, and its submodules.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || _disposed) return;
                _disposed = true;
                foreach (var (buffer, _) in _buffers.Values) buffer.Dispose();
                foreach (var parameter in _parameters.Values) parameter.Dispose();
                foreach (var child in children().ToList()) child.Dispose();
            }
        }
    }
}
