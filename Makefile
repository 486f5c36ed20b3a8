# Plain `make` lists the commands. Everything else is in bootstrap.py and the modules it hands over to.
PYTHON ?= $(shell for p in python3 python3.12 python3.13 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BOOTSTRAP = exec "$(or $(PYTHON),$(error SSPF needs Python 3.11 or later))" bootstrap.py
export PORT

.PHONY: help run test check fix messages lock reset tick verify backup restore bench crawl chaos shell

help: ## list these commands
	@grep -hE '^[a-z]+: .*## ' Makefile | sed -E 's/^([a-z]+): .*## /  make \1\t/' | expand -t 16

run: ## start everything with the demo on http://localhost:8000 (PORT=… for another port); Ctrl-C stops it
	@$(BOOTSTRAP) run

test: ## check everything and run the whole suite on real servers
	@$(BOOTSTRAP) test

check: ## lint, types, import contracts, deployment checks, missing migrations; no tests
	@$(BOOTSTRAP) check

fix: ## put in order what the linter and the formatter can
	@$(BOOTSTRAP) fix

messages: ## collect the interface's texts, keep their translations, compile them
	@$(BOOTSTRAP) messages

lock: ## make requirements*.txt anew from requirements*.in
	@$(BOOTSTRAP) lock

reset: ## stop everything here and remove .local and .venv with all demo data
	@$(BOOTSTRAP) reset

tick: ## send the reminders that are due now, without waiting for the clock
	@$(BOOTSTRAP) tick

verify: ## verify that the evidence log is whole: events, root, time
	@$(BOOTSTRAP) verify

backup: ## two sealed dumps, content and keys apart, in .local/backups
	@$(BOOTSTRAP) backup

restore: ## restore the newest backup (FROM=… KEYS=…) into a new database and verify it; REPLACE=sspf puts it in place
	@$(BOOTSTRAP) restore $(if $(FROM),--content "$(FROM)") $(if $(KEYS),--keys "$(KEYS)") \
		$(if $(INTO),--into "$(INTO)") $(if $(REPLACE),--replace "$(REPLACE)")

bench: ## measure the goals (some 12 minutes) and write docs/performance.md; ONLY=blind for one, SMALL=1 for a try
	@$(BOOTSTRAP) bench $(if $(ONLY),--only $(ONLY)) $(if $(SMALL),--small)

crawl: ## the canary crawl: every page as every role, and its totals
	@$(BOOTSTRAP) crawl

chaos: ## kill everything for five minutes and count reminders (some 15 minutes in all); ONLY=failpoints, chaos or baselines for a part
	@$(BOOTSTRAP) chaos $(if $(ONLY),--only $(ONLY)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(DEADLINES),--deadlines $(DEADLINES)) $(if $(WRITE),--write)

shell: ## open a Python shell with Django in it
	@$(BOOTSTRAP) shell
