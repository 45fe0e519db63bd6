namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A module whose <c>call</c> runs hooks before and after <c>forward</c>.</summary>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            // dictionaries, so that a hook may remove itself while it runs
            private protected readonly Dictionary<HookRemover, TPreHook> PreHooks = [];
            private protected readonly Dictionary<HookRemover, TPostHook> PostHooks = [];
            private readonly Dictionary<HookRemover, Action<Module>> _modulePreHooks = [];
            private readonly Dictionary<HookRemover, Action<Module>> _modulePostHooks = [];

            protected HookableModule(string name) : base(name)
            {
            }

            /// <summary>Adds a hook that sees input and output after forward; what it returns replaces the output, unless it is null.</summary>
            public HookRemover register_forward_hook(TPostHook hook) => Add(PostHooks, hook);

            /// <summary>Adds a hook that sees the input before forward; what it returns replaces the input, unless it is null.</summary>
            public HookRemover register_forward_pre_hook(TPreHook hook) => Add(PreHooks, hook);

            public HookRemover register_forward_hook(Action<Module> hook) => Add(_modulePostHooks, hook);

            public HookRemover register_forward_pre_hook(Action<Module> hook) => Add(_modulePreHooks, hook);

            private protected void RunModulePreHooks()
            {
                foreach (var (_, hook) in _modulePreHooks) hook(this);
            }

            private protected void RunModulePostHooks()
            {
                foreach (var (_, hook) in _modulePostHooks) hook(this);
            }

            private HookRemover Add<THook>(Dictionary<HookRemover, THook> hooks, THook hook)
            {
                var remover = new HookRemover(this);
                hooks.Add(remover, hook);
                return remover;
            }

            /// <summary>Takes one hook out again.</summary>
            public class HookRemover
            {
                private readonly HookableModule<TPreHook, TPostHook> _module;

                internal HookRemover(HookableModule<TPreHook, TPostHook> module) => _module = module;

                public void remove()
                {
                    _module.PreHooks.Remove(this);
                    _module.PostHooks.Remove(this);
                    _module._modulePreHooks.Remove(this);
                    _module._modulePostHooks.Remove(this);
                }
            }
        }
    }
}
